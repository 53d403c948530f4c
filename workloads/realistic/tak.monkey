let size = 8;
let tak = fn(x, y, z) {
    if (y < x) {
        tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y))
    } else {
        z
    }
};
tak(3 * size, 2 * size, size)
