return {
  { name = "small", record = { key = "k", value = "v" }, expect = "pass" },
  { name = "none at all", record = {}, expect = "pass" },
  { name = "a long key", record = { key = string.rep("k", 257) }, expect = "reject: the key has 257 bytes, expected at most 256" },
  { name = "a long value", record = { value = string.rep("v", 65537) },
    expect = "reject: the value has 65537 bytes, expected at most 65536" },
}
