let size = 50000;
let segment = 1000;
let odd_numbers = fn(from, to) {
    if (from < to) { [from, odd_numbers(from + 2, to)] } else { [] }
};
let strike = fn(numbers, multiple, step) {
    let number = numbers[0];
    if (!number) { return numbers; }
    if (number < multiple) { return [number, strike(numbers[1], multiple, step)]; }
    let next = multiple + step;
    if (number == multiple) { strike(numbers[1], next, step) } else { strike(numbers, next, step) }
};
let sieve = fn(numbers) {
    let prime = numbers[0];
    if (!prime) { return numbers; }
    let square = prime * prime;
    if (square < segment) { [prime, sieve(strike(numbers[1], square, 2 * prime))] } else { numbers }
};

let odd_multiple = fn(prime, from) {
    let multiple = (from + prime - 1) / prime * prime;
    if (multiple / 2 * 2 == multiple) { multiple + prime } else { multiple }
};
let sieve_segment = fn(numbers, from, to, primes) {
    let prime = primes[0];
    if (!prime) { return numbers; }
    if (prime * prime < to) {
        let struck = strike(numbers, odd_multiple(prime, from), 2 * prime);
        sieve_segment(struck, from, to, primes[1])
    } else {
        numbers
    }
};

let add = fn(primes, count, sum) {
    let prime = primes[0];
    if (prime) { add(primes[1], count + 1, sum + prime) } else { [count, sum] }
};
let small_primes = sieve(odd_numbers(3, segment));
let add_segments = fn(from, count, sum) {
    if (from > size) { return [count, sum]; }
    let to = if (from + segment < size) { from + segment } else { size };
    let primes = sieve_segment(odd_numbers(from, to), from, to, small_primes);
    let added = add(primes, count, sum);
    add_segments(from + segment, added[0], added[1])
};
let added = add([2, small_primes], 0, 0);
add_segments(segment + 1, added[0], added[1])
