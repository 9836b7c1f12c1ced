-- 5,000 users who search at random, so that a share of users is a share of requests; a pause keeps the machine usable.
math.randomseed(os.time())
request = function() return wrk.format("GET", "/search?user=user-" .. math.random(5000) .. "&q=ring") end
delay = function() return 4 end
