local segments = { { age = days(2), last_offset = 9 }, { age = 0, base_offset = 10, last_offset = 19 } }
return {
  { name = "a disk that is nearly full", segments = segments, log = { disk_free = 9, disk_total = 100 }, expect = { delete, delete } },
  { name = "room enough", segments = segments, log = { disk_free = 11, disk_total = 100 }, expect = { keep, keep } },
  { name = "retention.ms goes on", segments = segments, log = { disk_free = 50, disk_total = 100, retention_ms = days(1) },
    expect = { delete, keep } },
  { name = "nothing is known", segments = segments, expect = { keep, keep } },
}
