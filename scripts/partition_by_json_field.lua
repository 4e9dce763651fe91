-- The partition follows from a field of the value, for producers that send no key.
local field = "/customer_id"

return tidemill.partitioner {
  description = "by " .. field .. " of the JSON value",
  needs = { "value" },
  null_keys = true,
  partition = function(rec, topic)
    local id = rec:json(field)
    if id == nil then return any end
    return tidemill.hash.murmur2(tostring(id)) % topic.partitions
  end,
}
