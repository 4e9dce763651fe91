return {
  { name = "a number", record = { value = '{"customer_id": 42}' }, partitions = 6,
    expect = tidemill.hash.murmur2("42") % 6 },
  { name = "a text", record = { value = '{"customer_id": "42"}' }, partitions = 6,
    expect = tidemill.hash.murmur2("42") % 6 },
  { name = "no field", record = { value = '{"id": 42}' }, expect = any },
  { name = "no JSON", record = { value = "42" }, expect = any },
  { name = "a tombstone", record = { key = "k" }, expect = any },
}
