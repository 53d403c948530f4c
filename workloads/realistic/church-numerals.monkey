let size = 9;
let zero = fn(f) { fn(x) { x } };
let successor = fn(n) { fn(f) { fn(x) { f(n(f)(x)) } } };
let multiply = fn(m, n) { fn(f) { m(n(f)) } };
let pair = fn(a, b) { fn(choose) { choose(a, b) } };
let left = fn(a, b) { a };
let right = fn(a, b) { b };

let factorial = fn(n) {
    let one = successor(zero);
    let step = fn(state) {
        let i = state(left);
        pair(successor(i), multiply(i, state(right)))
    };
    n(step)(pair(one, one))(right)
};

let church = fn(number) {
    if (number == 0) { zero } else { successor(church(number - 1)) }
};
let number = fn(numeral) { numeral(fn(x) { x + 1 })(0) };
number(factorial(church(size)))
