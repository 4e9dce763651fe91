return {
  { name = "a tenant's records stay together", record = { key = "acme:1" }, partitions = 12,
    expect = tidemill.hash.murmur2("acme") % 12 },
  { name = "whatever the rest of the key", record = { key = "acme:2:x" }, partitions = 12,
    expect = tidemill.hash.murmur2("acme") % 12 },
  { name = "no colon", record = { key = "order-7" }, expect = "reject: the key has no tenant: expected tenant:rest" },
  { name = "an empty tenant", record = { key = ":7" }, expect = "reject" },
  { name = "no key", record = {}, expect = any },
}
