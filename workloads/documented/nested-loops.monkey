let size = 500;
let countdown = fn(n) { if (n < 1) { 0 } else { countdown(n - 1) } };
countdown(size)
