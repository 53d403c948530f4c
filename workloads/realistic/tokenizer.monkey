let size = 500;
let lines = [
    ["l", "e", "t", " ", "g", "c", "d", " ", "=", " ", "f", "n", "(", "a", ",", " ", "b", ")",
     " ", "{"],
    [" ", " ", "i", "f", " ", "(", "b", "=", "=", "0", ")", " ", "{", " ", "r", "e", "t", "u",
     "r", "n", " ", "a", ";", " ", "}"],
    [" ", " ", "g", "c", "d", "(", "b", ",", " ", "a", "-", "a", "/", "b", "*", "b", ")"],
    ["}", ";"],
    ["p", "u", "t", "s", "(", "g", "c", "d", "(", "1", "0", "7", "1", ",", " ", "4", "6", "2",
     ")", " ", "!", "=", " ", "2", "1", ")", ";"]
];

let letter = "letter";
let digit = "digit";
let operator = "operator";
let classes = {
    "a": letter, "b": letter, "c": letter, "d": letter, "e": letter, "f": letter, "g": letter,
    "h": letter, "i": letter, "j": letter, "k": letter, "l": letter, "m": letter, "n": letter,
    "o": letter, "p": letter, "q": letter, "r": letter, "s": letter, "t": letter, "u": letter,
    "v": letter, "w": letter, "x": letter, "y": letter, "z": letter, "_": letter,
    "0": digit, "1": digit, "2": digit, "3": digit, "4": digit,
    "5": digit, "6": digit, "7": digit, "8": digit, "9": digit,
    "=": operator, "!": operator, "<": operator, ">": operator,
    "+": operator, "-": operator, "*": operator, "/": operator,
    "(": "bracket", ")": "bracket", "{": "bracket", "}": "bracket",
    ",": "separator", ";": "separator", " ": "space"
};
let repeats = {"letter": true, "digit": true, "space": true};
let pairs = {"==": true, "!=": true};
let keywords = {"let": true, "fn": true, "if": true, "else": true, "return": true};

let continues = fn(class, text, character) {
    if (repeats[class]) { return classes[character] == class; }
    if (class == operator) { pairs[text + character] } else { false }
};
let lexeme = fn(line, at, class, text) {
    if (at == len(line)) { return text; }
    let character = line[at];
    if (continues(class, text, character)) {
        lexeme(line, at + 1, class, text + character)
    } else {
        text
    }
};
let token = fn(class, text) {
    let kind = if (class == letter) {
        if (keywords[text]) { "keyword" } else { "name" }
    } else {
        if (class == digit) { "number" } else { class }
    };
    {"kind": kind, "text": text}
};
let tokens = fn(line, at, found) {
    if (at == len(line)) { return found; }
    let class = classes[line[at]];
    let text = lexeme(line, at + 1, class, line[at]);
    let end = at + len(text);
    if (class == "space") {
        tokens(line, end, found)
    } else {
        tokens(line, end, push(found, token(class, text)))
    }
};

let joined = fn(tokens, index, text) {
    if (index == len(tokens)) { return text; }
    joined(tokens, index + 1, text + " " + tokens[index]["text"])
};
let shown = fn(line) {
    if (line < len(lines)) {
        puts(joined(tokens(lines[line], 0, []), 0, ">"));
        shown(line + 1)
    }
};

let tally = fn(tokens, index, counts) {
    if (index == len(tokens)) { return counts; }
    let kind = tokens[index]["kind"];
    tally(tokens, index + 1, {
        "keyword": counts["keyword"],
        "name": counts["name"],
        "number": counts["number"],
        "operator": counts["operator"],
        "bracket": counts["bracket"],
        "separator": counts["separator"],
        kind: counts[kind] + 1
    })
};
let pass = fn(line, counts) {
    if (line == len(lines)) { return counts; }
    pass(line + 1, tally(tokens(lines[line], 0, []), 0, counts))
};
let passes = fn(count, counts) {
    if (count == 0) { counts } else { passes(count - 1, pass(0, counts)) }
};
shown(0);
passes(size, {
    "keyword": 0, "name": 0, "number": 0, "operator": 0, "bracket": 0, "separator": 0
})
