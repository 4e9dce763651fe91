return {
  { name = "libraries", record = { key = "libs" }, partitions = 4, expect = 0 },
  { name = "others", record = { key = "admin" }, partitions = 4, expect = 1 + tidemill.hash.crc32("admin") % 3 },
  { name = "one partition is everybody's", record = { key = "admin" }, partitions = 1, expect = 0 },
}
