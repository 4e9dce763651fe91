local segments = { { size = gib(1) }, { size = gib(3) }, { size = gib(3) }, { size = mib(1) } }
return {
  { name = "a small tenant", topic = "initech.orders", segments = segments, expect = { delete, keep, keep, keep } },
  { name = "one that pays", topic = "acme.orders", segments = segments, expect = { keep, keep, keep, keep } },
}
