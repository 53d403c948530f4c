let size = 100;
let number = fn(value) { {"kind": "number", "value": value} };
let variable = fn(name) { {"kind": "variable", "name": name} };
let binary = fn(kind, left, right) { {"kind": kind, "left": left, "right": right} };
let choice = fn(condition, then, otherwise) {
    {"kind": "choice", "condition": condition, "then": then, "otherwise": otherwise}
};
let call = fn(name, arguments) { {"kind": "call", "name": name, "arguments": arguments} };

let evaluate = fn(node, scope) { evaluators[node["kind"]](node, scope) };
let lookup = fn(scope, name) {
    if (scope["name"] == name) { scope["value"] } else { lookup(scope["outer"], name) }
};
let bind = fn(parameters, arguments, index, scope) {
    if (index == len(parameters)) { return {}; }
    {
        "name": parameters[index],
        "value": evaluate(arguments[index], scope),
        "outer": bind(parameters, arguments, index + 1, scope)
    }
};
let evaluators = {
    "number": fn(node, scope) { node["value"] },
    "variable": fn(node, scope) { lookup(scope, node["name"]) },
    "add": fn(node, scope) { evaluate(node["left"], scope) + evaluate(node["right"], scope) },
    "subtract": fn(node, scope) { evaluate(node["left"], scope) - evaluate(node["right"], scope) },
    "equal": fn(node, scope) { evaluate(node["left"], scope) == evaluate(node["right"], scope) },
    "less": fn(node, scope) { evaluate(node["left"], scope) < evaluate(node["right"], scope) },
    "choice": fn(node, scope) {
        let condition = evaluate(node["condition"], scope);
        evaluate(if (condition) { node["then"] } else { node["otherwise"] }, scope)
    },
    "call": fn(node, scope) {
        let function = functions[node["name"]];
        evaluate(function["body"], bind(function["parameters"], node["arguments"], 0, scope))
    }
};

let amount = variable("amount");
let kinds = variable("kinds");
let when_kinds_are = fn(value, then, otherwise) {
    choice(binary("equal", kinds, number(value)), then, otherwise)
};
let coin = when_kinds_are(1, number(1),
    when_kinds_are(2, number(5),
    when_kinds_are(3, number(10),
    when_kinds_are(4, number(25), number(50)))));
let without_coin = call("change", [amount, binary("subtract", kinds, number(1))]);
let with_coin = call("change", [binary("subtract", amount, call("coin", [kinds])), kinds]);
let change = choice(binary("equal", amount, number(0)), number(1),
    choice(binary("less", amount, number(0)), number(0),
    choice(binary("equal", kinds, number(0)), number(0),
    binary("add", without_coin, with_coin))));
let functions = {
    "coin": {"parameters": ["kinds"], "body": coin},
    "change": {"parameters": ["amount", "kinds"], "body": change}
};
evaluate(call("change", [number(size), number(5)]), {})
