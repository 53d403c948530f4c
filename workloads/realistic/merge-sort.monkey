let size = 9000;
let modulus = 2147483647;
let next = fn(number) {
    let product = number * 16807;
    product - product / modulus * modulus
};
let random = fn(count, number) {
    if (count == 0) { [] } else { push(random(count - 1, next(number)), number) }
};

let merge = fn(left, i, right, j) {
    if (i + j == 0) { return []; }
    let left_is_last = if (i == 0) {
        false
    } else {
        if (j == 0) { true } else { left[i - 1] > right[j - 1] }
    };
    if (left_is_last) {
        push(merge(left, i - 1, right, j), left[i - 1])
    } else {
        push(merge(left, i, right, j - 1), right[j - 1])
    }
};
let sort = fn(array, low, high) {
    if (high - low == 1) { return [array[low]]; }
    let middle = (low + high) / 2;
    merge(sort(array, low, middle), middle - low, sort(array, middle, high), high - middle)
};

let weigh = fn(array, index, sum) {
    if (index == len(array)) { sum } else { weigh(array, index + 1, sum + index * array[index]) }
};
let sorted = sort(random(size, 1), 0, size);
[first(sorted), sorted[size / 2], last(sorted), weigh(sorted, 0, 0)]
