return {
  { name = "VIPs go first", record = { key = "vip-7" }, partitions = 4, expect = 0 },
  { name = "others do not", record = { key = "a" }, partitions = 4, expect = 1 + tidemill.hash.murmur2("a") % 3 },
  { name = "one partition is everybody's", record = { key = "a" }, partitions = 1, expect = 0 },
  { name = "without a key any will do", record = {}, expect = any },
}
