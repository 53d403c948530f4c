let size = 100;
let table = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5};
let sum = fn(n) {
    if (n < 1) { 0 } else { table["one"] + table["two"] + table["three"] + sum(n - 1) }
};
sum(size)
