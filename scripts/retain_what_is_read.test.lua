local segments = {
  { size = mib(512), last_offset = 9 }, { size = mib(512), base_offset = 10, last_offset = 19 },
  { size = mib(512), base_offset = 20, last_offset = 29 }, { size = mib(100), base_offset = 30, last_offset = 39 },
}
return {
  { name = "a gibibyte stays behind the slowest", segments = segments, log = { min_committed_offset = 40 },
    expect = { delete, keep, keep, keep } },
  { name = "nothing of what is being read", segments = segments, log = { min_committed_offset = 5 },
    expect = { keep, keep, keep, keep } },
  { name = "no group", segments = segments, expect = { keep, keep, keep, keep } },
}
