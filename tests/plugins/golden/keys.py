#!/usr/bin/env python3
"""The keys that the golden vectors are made for, one a line, in hexadecimal; "-" is a null key, "." an empty one."""
import random

random.seed(20240229)
keys = [None, b"", b"a", b"ab", b"abc", b"abcd", b"vip-17", b"order-0000000001", "größe".encode(), "鍵".encode(),
        bytes(range(256)), b"\x00", b"\x00" * 4, b"\x00" * 7, b"\xff" * 5, b"\x80\x81\x82\x83\xfe", b"x" * 1000]
keys += [str(i).encode() for i in range(20)]
keys += [random.randbytes(length) for length in range(1, 34)]
keys += [random.randbytes(random.randint(1, 64)) for _ in range(130)]
for key in keys:
    print("-" if key is None else "." if key == b"" else key.hex())
