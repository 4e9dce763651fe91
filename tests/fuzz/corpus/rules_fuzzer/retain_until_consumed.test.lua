local segments = {
  { age = hours(30), base_offset = 0, last_offset = 99 },
  { age = hours(20), base_offset = 100, last_offset = 199 },
  { age = hours(0.5), base_offset = 200, last_offset = 299 },
}
return {
  { name = "what was read may go", segments = segments, log = { min_committed_offset = 100 }, expect = { delete, keep, keep } },
  { name = "a group in the middle of a segment keeps it", segments = segments, log = { min_committed_offset = 99 },
    expect = { keep, keep, keep } },
  { name = "an hour is kept for whoever comes", segments = segments, log = { min_committed_offset = 300 },
    expect = { delete, delete, keep } },
  { name = "no group, nothing is known", segments = segments, expect = { keep, keep, keep } },
  { name = "a week is enough", segments = { { age = days(8), last_offset = 9 }, { age = 0, base_offset = 10, last_offset = 19 } },
    log = { min_committed_offset = 0 }, expect = { delete, keep } },
}
