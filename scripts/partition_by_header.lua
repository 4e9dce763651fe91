-- The header "region" chooses a range of partitions, the key one of the range.
local regions = { eu = 0, us = 1, asia = 2 }

return tidemill.partitioner {
  description = "a third of the partitions for each region of the header",
  needs = { "key", "headers" },
  null_keys = true,
  partition = function(rec, topic)
    local region = regions[rec:header("region") or "eu"]
    if region == nil then return reject "the header region is none of eu, us and asia" end
    local size = topic.partitions // 3
    if size == 0 then return any end
    return region * size + (rec.key_hash or 0) % size
  end,
}
