//! Files that are well formed, and whose code the verifier finds unsound.

use bytecode::Operand;

use super::*;

/// The file of `1` with other code, for which it has spans and slots.
fn with_code(code: &[u8], operands: u32) -> Vec<u8> {
    let whole = file("1");
    let mut bytes = whole[..one::OPERANDS].to_vec();
    bytes.extend(operands.to_le_bytes());
    bytes.extend(1_u32.to_le_bytes());
    bytes.extend(u32::try_from(code.len()).unwrap().to_le_bytes());
    bytes.extend(code);
    let mut at = 0;
    while let Some(opcode) = code.get(at).copied().and_then(Opcode::from_byte) {
        bytes.extend([0; 8]);
        at += opcode.size();
    }
    bytecode::seal(&mut bytes);
    bytes
}

fn rule(broken: &str) -> Reason {
    Reason::Rule(broken.into())
}

#[test]
fn unsound_code_is_named_with_function_offset_and_reason() {
    use Opcode::*;
    let jump = |opcode: Opcode, at: u32, target: u32| {
        let [a, b, c, d] = target.wrapping_sub(at + 5).to_le_bytes();
        [opcode as u8, a, b, c, d]
    };
    let null = Null as u8;
    let end = Return as u8;
    let constant = |number: u8| [Constant as u8, number, 0];
    for (code, operands, offset, reason) in [
        (vec![255], 1, 0, Reason::Opcode(255)),
        (
            vec![AddConst as u8, 0, 0],
            1,
            0,
            Reason::Opcode(AddConst as u8),
        ),
        (vec![], 0, 0, Reason::NoReturn),
        (vec![null], 1, 1, Reason::NoReturn),
        (vec![null, end, Constant as u8], 1, 2, Reason::CutShort),
        (
            vec![end],
            1,
            0,
            rule("the instruction takes 1 operands, the stack has 0"),
        ),
        (
            vec![null, null, end],
            1,
            1,
            rule("2 operands, the frame has room for 1"),
        ),
        (
            [&constant(1)[..], &[end]].concat(),
            1,
            0,
            Reason::Operand {
                kind: Operand::Constant,
                value: 1,
                count: 1,
            },
        ),
        // Nothing leads there, and yet the listing looks at it.
        (
            [&[null, end], &constant(1)[..], &[end]].concat(),
            1,
            2,
            Reason::Operand {
                kind: Operand::Constant,
                value: 1,
                count: 1,
            },
        ),
        (jump(Jump, 0, 0).to_vec(), 0, 0, Reason::Target(0)),
        (jump(Jump, 0, 5).to_vec(), 0, 0, Reason::Target(5)),
        (
            [&jump(Jump, 0, 6)[..], &constant(0), &[end]].concat(),
            1,
            0,
            Reason::Target(6),
        ),
        (
            [&[null][..], &jump(JumpIfFalse, 1, 7), &[null, null, end]].concat(),
            2,
            7,
            rule("there are 1 or 0 operands, depending on the way here"),
        ),
        (
            vec![GetLocal as u8, 0, 0, end],
            1,
            0,
            Reason::Operand {
                kind: Operand::Local,
                value: 0,
                count: 0,
            },
        ),
        (
            vec![null, MakeHash as u8, 1, 0, 0, 0, end],
            1,
            1,
            rule("a hash of 1 keys and values"),
        ),
        (
            vec![null, MakeClosure as u8, 0, 0, 0, 0, 1, 0, end],
            1,
            1,
            Reason::Captures {
                captures: 1,
                function: 0,
            },
        ),
    ] {
        let error = load(&with_code(&code, operands), Optimizations::NONE);
        let defect = Defect {
            function: FunctionId::MAIN,
            offset,
            reason,
        };
        assert_eq!(error, Err(LoadError::Unsound(defect)), "{code:?}");
    }
    let error = load(&with_code(&[end], 1), Optimizations::NONE).unwrap_err();
    assert_eq!(
        error.to_string(),
        "unsound code: function 0, offset 0: the instruction takes 1 operands, the stack has 0"
    );
    // Code that nothing leads to may stand, whatever it does to the stack.
    load(
        &with_code(&[null, end, Pop as u8, end], 1),
        Optimizations::NONE,
    )
    .unwrap();
}

#[test]
fn a_local_has_to_be_set_before_it_is_read() {
    let whole = file("if (true) { let a = 1; a } else { 2 }");
    load(&whole, Optimizations::NONE).unwrap();
    let set = [Opcode::SetLocal as u8, 0, 0];
    let at = whole.windows(3).position(|bytes| bytes == set).unwrap();
    // The value is dropped instead, in as many bytes.
    let dropped = [Opcode::Pop as u8, Opcode::Null as u8, Opcode::Pop as u8];
    let mut bytes = whole[..at].to_vec();
    bytes.extend(dropped);
    bytes.extend(&whole[at + 3..]);
    // Two instructions more need two spans more: at the end, where the order doesn't matter here.
    bytes.extend([0; 16]);
    bytecode::seal(&mut bytes);
    let error = load(&bytes, Optimizations::NONE).unwrap_err();
    let LoadError::Unsound(Defect { reason, .. }) = error else {
        panic!("{error}");
    };
    assert_eq!(reason, Reason::Unset(0));
}

#[test]
fn the_program_itself_takes_and_captures_nothing() {
    // The functions the other way round: the first one then has a parameter.
    let whole = file("1");
    let mut bytes = whole[..one::PARAMETERS].to_vec();
    bytes.extend(1_u32.to_le_bytes());
    bytes.extend([0, 0, 0, 0, 1, 0, 0, 0]);
    bytes.extend(&whole[one::PARAMETERS + 4..]);
    bytecode::seal(&mut bytes);
    let error = load(&bytes, Optimizations::NONE);
    let defect = Defect {
        function: FunctionId::MAIN,
        offset: 0,
        reason: Reason::Main,
    };
    assert_eq!(error, Err(LoadError::Unsound(defect)));

    let mut none = whole[..one::FUNCTIONS].to_vec();
    none.extend([0; 4]);
    bytecode::seal(&mut none);
    let error = load(&none, Optimizations::NONE).unwrap_err();
    assert!(matches!(
        error,
        LoadError::Unsound(Defect {
            reason: Reason::Main,
            ..
        })
    ));
}

#[test]
fn calls_can_not_count_for_less_than_their_frames_hold() {
    let elements = "f,".repeat(130);
    let whole = file(&format!("let f = fn(n) {{ [{elements} f(n)] }}; f"));
    load(&whole, Optimizations::NONE).unwrap();
    // The elements, then function and argument are on the stack at its highest.
    let operands_and_weight = [132_u32.to_le_bytes(), 2_u32.to_le_bytes()].concat();
    let mut windows = whole.windows(8);
    let at = windows.position(|bytes| bytes == operands_and_weight);
    let at = at.expect("the compiler gives it that much");
    let error = load(
        &patched(whole, at + 4, &1_u32.to_le_bytes()),
        Optimizations::NONE,
    );
    let reason = rule("the call leaves 131 values in the frame, at a weight of 1 there may be 127");
    let Err(LoadError::Unsound(defect)) = error else {
        panic!("{error:?}");
    };
    assert_eq!((defect.function, defect.reason), (FunctionId(1), reason));
}
