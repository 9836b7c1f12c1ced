# Sides for the keys on standard input, a key a line: python3 reader.py search.json < keys
import json, sys

def side(path, key):
    traffic = json.load(open(path, encoding="utf-8"))
    number = 0xCBF29CE484222325
    for byte in traffic["application"].encode() + b"\0" + key.encode() + bytes(8):
        number = (number ^ byte) * 0x100000001B3 % 2**64
    bucket = (number >> 32) * 10000 >> 32
    return "flop" if bucket < traffic["weights"]["flop"] * 100 else "flip"

for line in sys.stdin.buffer.read().decode().split("\n")[:-1]:
    print(side(sys.argv[1], line))
