let size = 9;
let attacked = fn(placed, column, row) {
    if (row == 0) { return false; }
    let other = placed[row - 1];
    let distance = len(placed) - row + 1;
    if (other == column) { return true; }
    if (other + distance == column) { return true; }
    if (other - distance == column) { return true; }
    attacked(placed, column, row - 1)
};
let solutions = fn(placed) {
    if (len(placed) == size) { 1 } else { solutions_from(placed, 0) }
};
let solutions_from = fn(placed, column) {
    if (column == size) { return 0; }
    let here = if (attacked(placed, column, len(placed))) {
        0
    } else {
        solutions(push(placed, column))
    };
    here + solutions_from(placed, column + 1)
};
solutions([])
