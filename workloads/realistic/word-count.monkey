let size = 30;
let words_per_page = 500;
let stems = ["walk", "talk", "jump", "look", "rest"];
let endings = ["", "s", "ed", "ing"];
let modulus = 2147483647;
let next = fn(number) {
    let product = number * 16807;
    product - product / modulus * modulus
};
let pick = fn(array, number) {
    let quotient = number / 1000;
    array[quotient - quotient / len(array) * len(array)]
};
let words = fn(count, number) {
    if (count == 0) { return []; }
    let second = next(number);
    let word = pick(stems, number) + pick(endings, second);
    push(words(count - 1, next(second)), word)
};

let add = fn(counts, word) {
    let key = if (counts[word]) { word } else { "other" };
    {
        "walk": counts["walk"],
        "walks": counts["walks"],
        "walked": counts["walked"],
        "walking": counts["walking"],
        "talk": counts["talk"],
        "talks": counts["talks"],
        "talked": counts["talked"],
        "talking": counts["talking"],
        "jump": counts["jump"],
        "jumps": counts["jumps"],
        "jumped": counts["jumped"],
        "jumping": counts["jumping"],
        "look": counts["look"],
        "looks": counts["looks"],
        "looked": counts["looked"],
        "looking": counts["looking"],
        "other": counts["other"],
        key: counts[key] + 1
    }
};
let fold = fn(array, low, high, initial, combine) {
    if (high - low == 1) { return combine(initial, array[low]); }
    let middle = (low + high) / 2;
    fold(array, middle, high, fold(array, low, middle, initial, combine), combine)
};
let none = {
    "walk": 0, "walks": 0, "walked": 0, "walking": 0,
    "talk": 0, "talks": 0, "talked": 0, "talking": 0,
    "jump": 0, "jumps": 0, "jumped": 0, "jumping": 0,
    "look": 0, "looks": 0, "looked": 0, "looking": 0,
    "other": 0
};
let count_pages = fn(page, counts) {
    if (page > size) { return counts; }
    let text = words(words_per_page, next(page));
    count_pages(page + 1, fold(text, 0, words_per_page, counts, add))
};
count_pages(1, none)
