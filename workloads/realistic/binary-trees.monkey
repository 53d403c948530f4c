let size = 11;
let least = 4;
let tree = fn(depth) {
    if (depth == 0) { [] } else { [tree(depth - 1), tree(depth - 1)] }
};
let nodes = fn(node) {
    if (len(node) == 0) { 1 } else { 1 + nodes(node[0]) + nodes(node[1]) }
};
let power_of_two = fn(exponent) {
    if (exponent == 0) { 1 } else { 2 * power_of_two(exponent - 1) }
};

let grow = fn(count, depth) {
    if (count == 0) { 0 } else { nodes(tree(depth)) + grow(count - 1, depth) }
};
let report = fn(what, trees, depth, counted) {
    puts({"what": what, "trees": trees, "depth": depth, "nodes": counted});
    counted
};
let rounds = fn(depth) {
    if (depth > size) { return 0; }
    let trees = power_of_two(size - depth + least);
    report("short-lived", trees, depth, grow(trees, depth)) + rounds(depth + 2)
};
let long_lived = tree(size);
let short_lived = rounds(least);
short_lived + report("long-lived", 1, size, nodes(long_lived))
