let size = 24;
let columns = 2 * size;
let one = 1000000;
let limit = 500;
let shades = [" ", ".", ":", "-", "=", "+", "*", "%"];
let escape = fn(real, imaginary, x, y, steps) {
    if (steps == limit) { return steps; }
    let xx = x * x / one;
    let yy = y * y / one;
    if (xx + yy > 4 * one) { return steps; }
    escape(real, imaginary, xx - yy + real, 2 * x * y / one + imaginary, steps + 1)
};
let shade = fn(steps) {
    if (steps == limit) { "#" } else { shades[steps - steps / len(shades) * len(shades)] }
};
let row = fn(imaginary, column, text, sum) {
    if (column == columns) {
        puts(text);
        return sum;
    }
    let real = (2 * column + 1) * 3 * one / (2 * columns) - 22 * one / 10;
    let steps = escape(real, imaginary, 0, 0, 0);
    row(imaginary, column + 1, text + shade(steps), sum + steps)
};
let picture = fn(line, sum) {
    if (line == size) { return sum; }
    let imaginary = (2 * line + 1 - size) * 3 * one / (2 * size);
    picture(line + 1, row(imaginary, 0, "", sum))
};
picture(0, 0)
