-- Where a package belongs: libraries have partition 0 to themselves, every other section stays in one of the others.
return tidemill.partitioner {
  description = "libraries apart",
  partition = function(rec, topic)
    if topic.partitions == 1 or starts(rec.key, "lib") then return 0 end
    return 1 + tidemill.hash.crc32(rec.key) % (topic.partitions - 1)
  end,
}
