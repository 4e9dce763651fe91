-- Cases are judged at 03:33 UTC unless they say another time.
return {
  { name = "a day by night", segments = { { age = days(2) }, { age = hours(2) } }, expect = { delete, keep } },
  { name = "less is kept", segments = { { age = hours(23) }, { age = 0 } }, expect = { keep, keep } },
  { name = "three days by day", log = { now = 2000030400000 }, -- 12:00
    segments = { { age = days(4) }, { age = days(2) }, { age = 0 } }, expect = { delete, keep, keep } },
}
