-- Cases are judged at 03:33 UTC.
return {
  { name = "a day by night", segments = { { age = days(2) }, { age = hours(2) } }, expect = { delete, keep } },
  { name = "less is kept", segments = { { age = hours(23) }, { age = 0 } }, expect = { keep, keep } },
}
