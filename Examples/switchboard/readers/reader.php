<?php // Sides for the keys on standard input, a key a line: php reader.php search.json < keys

function side(string $path, string $key): string {
    $traffic = json_decode(file_get_contents($path), true, 16, JSON_THROW_ON_ERROR);
    $hash = hash('fnv1a64', $traffic['application'] . "\0" . $key . str_repeat("\0", 8));
    $bucket = hexdec(substr($hash, 0, 8)) * 10000 >> 32;
    return $bucket < $traffic['weights']['flop'] * 100 ? 'flop' : 'flip';
}

while (($line = fgets(STDIN)) !== false) {
    echo side($argv[1], rtrim($line, "\n")), "\n";
}
