let size = 25;
let fib = fn(n) { if (n < 2) { n } else { fib(n - 1) + fib(n - 2) } };
fib(size)
