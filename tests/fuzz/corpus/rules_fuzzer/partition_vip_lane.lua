-- Records of important customers have partition 0 to themselves; the others share the rest.
return tidemill.partitioner {
  description = "keys that begin with vip- go to partition 0",
  partition = function(rec, topic)
    if topic.partitions == 1 then return 0 end
    if starts(rec.key, "vip-") then return 0 end
    return 1 + rec.key_hash % (topic.partitions - 1)
  end,
}
