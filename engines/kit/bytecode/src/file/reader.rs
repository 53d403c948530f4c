//! From a file's bytes, which may be anything, to code that is yet to be verified.

use engine::OptimizationSet as _;
use runtime::{Str, Value};
use syntax::{FunctionId, Span};

use crate::code::{Code, Function, Origin, Shape};
use crate::file::{
    COVERED, Header, INTEGER, LoadError, Malformed, SIGNATURE, SPAN, STRING, VERSION,
    instruction_set,
};
use crate::isa::InstructionSet;
use crate::text::{FunctionNames, Names, SavedText, Text};
use crate::verifier::{Defect, Reason, Rules};

type Read<T> = Result<T, LoadError>;

/// The bytes that an engine's name may have.
const MAX_NAME: usize = 255;

/// The bytes of a function at the least: its own name, the counts of three tables, the slots for
/// operands, the weight and the code's length.
const FUNCTION: usize = SPAN + 3 * 4 + 3 * 4;

/// The file's header, and that the file is whole.
pub(super) fn header(
    reader: &mut Reader<'_>,
    mut known: impl FnMut(u32) -> Option<u32>,
) -> Read<Header> {
    let found = reader.bytes.get(..SIGNATURE.len());
    if found != Some(&SIGNATURE) {
        let copied = SIGNATURE[..4].iter().eq(reader.bytes.iter().take(4));
        return Err(if reader.bytes.is_empty() {
            reader.malformed(Malformed::Empty)
        } else if SIGNATURE.starts_with(reader.bytes) {
            reader.end(SIGNATURE.len())
        } else if copied {
            reader.malformed(Malformed::Copied)
        } else {
            reader.malformed(Malformed::Signature)
        });
    }
    reader.at = SIGNATURE.len();
    reader.checked(Reader::number, |&version| {
        (version != VERSION).then_some(Malformed::Version(version))
    })?;
    let found = reader.bytes.len();
    reader.checked(Reader::number, |&stated| {
        (stated as usize != found).then_some(Malformed::Length { stated, found })
    })?;
    let contents = reader.bytes.get(COVERED..).unwrap_or_default();
    reader.checked(Reader::number, |&stated| {
        let found = crc32fast::hash(contents);
        (stated != found).then_some(Malformed::Checksum { stated, found })
    })?;
    let mut known_bits = None;
    let instruction_set = reader.checked(Reader::number, |&number| {
        known_bits = known(number);
        known_bits
            .is_none()
            .then_some(Malformed::InstructionSet(number))
    })?;
    let optimizations = reader.checked(Reader::number, |&bits| {
        let unknown = bits & !known_bits.unwrap_or_default();
        (unknown != 0).then_some(Malformed::Optimizations(bits))
    })?;
    let engine = reader.checked(Reader::text, |name| {
        let is_name = name.len() <= MAX_NAME && name.bytes().all(|byte| byte.is_ascii_graphic());
        (!is_name).then_some(Malformed::EngineName)
    })?;
    Ok(Header {
        instruction_set,
        optimizations,
        engine: engine.into(),
    })
}

/// The whole file.
pub(super) fn file<I: Rules, V: Value>(bytes: &[u8], engine: I::Optimizations) -> Read<Code<V>> {
    let mut reader = Reader::new(bytes);
    let known = |number| {
        let all = I::Optimizations::from_bits(u32::MAX).bits();
        (number == instruction_set::<I>()).then_some(all)
    };
    let file = I::Optimizations::from_bits(header(&mut reader, known)?.optimizations);
    if file != engine {
        let named = |set| format!("{}{set}", I::ARCHITECTURE);
        return Err(LoadError::Engine {
            file: named(file),
            engine: named(engine),
        });
    }
    let source = reader.checked(Reader::text, |source| {
        let is_large = source.len() > syntax::MAX_SOURCE_BYTES;
        is_large.then_some(Malformed::Source(source.len()))
    })?;
    let count = reader.count(1 + 4)?;
    let constants = (0..count).map(|_| reader.constant()).collect::<Read<_>>()?;
    let globals = reader.names(source)?;
    let count = reader.count(FUNCTION)?;
    let mut functions = Vec::with_capacity(count);
    let mut names = Vec::with_capacity(count);
    for id in (0..).map(FunctionId).take(count) {
        let (function, its_names) = reader.function::<I>(id, source)?;
        functions.push(function);
        names.push(its_names);
    }
    let rest = reader.rest().len();
    if rest > 0 {
        return Err(reader.malformed(Malformed::Rest(rest)));
    }
    Ok(Code {
        globals: u32::try_from(globals.len()).expect("a count is a number of 32 bits"),
        text: Text::Saved(SavedText {
            source: source.into(),
            names: Names {
                globals,
                functions: names.into(),
            },
        }),
        functions: functions.into(),
        constants,
    })
}

/// A file's bytes, and how many of them have been read.
pub(super) struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn rest(&self) -> &'b [u8] {
        &self.bytes[self.at..]
    }

    /// The error of something that stands where the reader is.
    fn malformed(&self, reason: Malformed) -> LoadError {
        LoadError::Malformed {
            offset: self.at,
            reason,
        }
    }

    fn end(&self, expected: usize) -> LoadError {
        let left = self.rest().len();
        self.malformed(Malformed::End { expected, left })
    }

    /// Reads something and asks what is wrong with it; if anything is, that is where it starts.
    fn checked<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Read<T>,
        wrong: impl FnOnce(&T) -> Option<Malformed>,
    ) -> Read<T> {
        let offset = self.at;
        let found = read(self)?;
        match wrong(&found) {
            Some(reason) => Err(LoadError::Malformed { offset, reason }),
            None => Ok(found),
        }
    }

    fn take(&mut self, count: usize) -> Read<&'b [u8]> {
        let Some((taken, _)) = self.rest().split_at_checked(count) else {
            return Err(self.end(count));
        };
        self.at += count;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Read<[u8; N]> {
        Ok(self.take(N)?.try_into().expect("so many were taken"))
    }

    fn number(&mut self) -> Read<u32> {
        self.array().map(u32::from_le_bytes)
    }

    /// The number of entries of a table, each of at least `size` bytes: no more than there is room
    /// for, so that room in memory may be made for them.
    fn count(&mut self, size: usize) -> Read<usize> {
        let left = self.rest().len().saturating_sub(4);
        let count = self.checked(Self::number, |&count| {
            let is_much = u64::from(count) * size as u64 > left as u64;
            is_much.then_some(Malformed::Count { count, size, left })
        })?;
        Ok(count as usize)
    }

    fn counted_bytes(&mut self) -> Read<&'b [u8]> {
        let count = self.count(1)?;
        self.take(count)
    }

    fn text(&mut self) -> Read<&'b str> {
        let count = self.count(1)?;
        let offset = self.at;
        std::str::from_utf8(self.take(count)?).map_err(|error| LoadError::Malformed {
            offset: offset + error.valid_up_to(),
            reason: Malformed::Utf8,
        })
    }

    fn constant<V: Value>(&mut self) -> Read<V> {
        let [kind] = self.checked(Self::array::<1>, |&[kind]| {
            (!matches!(kind, INTEGER | STRING)).then_some(Malformed::Constant(kind))
        })?;
        if kind == INTEGER {
            return Ok(V::integer(i64::from_le_bytes(self.array()?)));
        }
        let text = self.text()?;
        let string = Str::new(text);
        let string = string.map_err(|_| self.malformed(Malformed::OutOfMemory(text.len())))?;
        Ok(V::string(string))
    }

    /// A range of the source's characters.
    fn span(&mut self, source: &str) -> Read<Span> {
        let offset = self.at;
        let (start, end) = (self.number()?, self.number()?);
        if source.get(start as usize..end as usize).is_none() {
            let reason = Malformed::Span { start, end };
            return Err(LoadError::Malformed { offset, reason });
        }
        Ok(Span { start, end })
    }

    /// A table of names. Each has its own place in the source, so that together they are no longer:
    /// whatever prints them may rely on that.
    fn names(&mut self, source: &str) -> Read<Box<[Span]>> {
        let table = self.at;
        let count = self.count(SPAN)?;
        let mut names = Vec::with_capacity(count);
        let mut room = source.len();
        for _ in 0..count {
            let name = self.checked(
                |reader| reader.span(source),
                |name| (name.start == name.end).then_some(Malformed::EmptyName),
            )?;
            room =
                room.checked_sub((name.end - name.start) as usize)
                    .ok_or(LoadError::Malformed {
                        offset: table,
                        reason: Malformed::Names,
                    })?;
            names.push(name);
        }
        Ok(names.into())
    }

    fn function<I: InstructionSet>(
        &mut self,
        id: FunctionId,
        source: &str,
    ) -> Read<(Function, FunctionNames)> {
        let name = self.checked(
            |reader| reader.span(source),
            // What has no name has the first of all empty spans.
            |name| (name.start == name.end && name.start > 0).then_some(Malformed::EmptyName),
        )?;
        let names = FunctionNames {
            name: (name.end > 0).then_some(name),
            parameters: self.names(source)?,
            lets: self.names(source)?,
            captures: self.names(source)?,
        };
        let offset = self.at;
        let operands = self.number()?;
        let weight = self.checked(Self::number, |&weight| {
            (weight == 0).then_some(Malformed::Weight)
        })?;
        let code = self.counted_bytes()?;
        // No instruction leaves more values than it has bytes, nor do those that it was made from.
        if operands as usize > code.len() {
            let bytes = code.len();
            let reason = Malformed::Operands { operands, bytes };
            return Err(LoadError::Malformed { offset, reason });
        }
        let origins = self.origins::<I>(id, code, source)?;
        // The sums are of entries that a file has room for.
        let arity = names.parameters.len() as u32;
        let locals = arity + names.lets.len() as u32;
        let shape = Shape {
            arity,
            locals,
            slots: locals + operands,
            weight,
        };
        let function = Function {
            code: code.into(),
            shape,
            captures: names.captures.len() as u32,
            origins,
        };
        Ok((function, names))
    }

    /// Where each instruction of a function comes from: one span for each.
    fn origins<I: InstructionSet>(
        &mut self,
        id: FunctionId,
        code: &[u8],
        source: &str,
    ) -> Read<Box<[Origin]>> {
        let mut origins = Vec::new();
        let mut at = 0;
        while let Some(&byte) = code.get(at) {
            let offset = u32::try_from(at).expect("a file is smaller than 4 GiB");
            let opcode = I::from_byte(byte).ok_or(Defect {
                function: id,
                offset,
                reason: Reason::Opcode(byte),
            })?;
            let span = self.span(source)?;
            origins.push(Origin { offset, span });
            at += opcode.size();
        }
        Ok(origins.into())
    }
}
