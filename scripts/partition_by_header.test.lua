local hash = tidemill.hash.murmur2("k")
return {
  { name = "eu comes first", record = { key = "k", headers = { region = "eu" } }, partitions = 9, expect = hash % 3 },
  { name = "then us", record = { key = "k", headers = { region = "us" } }, partitions = 9, expect = 3 + hash % 3 },
  { name = "then asia", record = { key = "k", headers = { region = "asia" } }, partitions = 9, expect = 6 + hash % 3 },
  { name = "no header is eu", record = { key = "k" }, partitions = 9, expect = hash % 3 },
  { name = "an unknown region", record = { key = "k", headers = { region = "mars" } },
    expect = "reject: the header region is none of eu, us and asia" },
  { name = "no key", record = { headers = { region = "us" } }, partitions = 9, expect = 3 },
  { name = "too few partitions", record = { key = "k" }, partitions = 2, expect = any },
}
