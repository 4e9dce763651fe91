-- Keys begin with the tenant, "acme:order-7": all records of a tenant are in one partition.
local tenant = re("^([^:]+):")

return tidemill.partitioner {
  description = "by the tenant in front of the key's first colon",
  partition = function(rec, topic)
    local name = tenant:capture(rec.key)
    if name == nil then return reject "the key has no tenant: expected tenant:rest" end
    return tidemill.hash.murmur2(name) % topic.partitions
  end,
}
