let size = 100;
let repeat = fn(s, n) { if (n < 1) { "" } else { s + repeat(s, n - 1) } };
len(repeat("ab", size))
