//! Values of any representation, by short names, and the list of all representations.

use runtime::{
    Array, Closure, Counts, Fresh, Hash, Limits, Raised, Session, Str, Value, builtins, operators,
    print,
};
use syntax::{Builtin, FunctionId, InfixOp, PrefixOp, Program};

/// Makes each generic test one of every representation.
macro_rules! on_all_representations {
    ($($test:ident),* $(,)?) => {
        $(mod $test {
            #[test]
            fn boxed() {
                super::$test::<runtime::Boxed>();
            }

            #[test]
            fn tagged() {
                super::$test::<runtime::Tagged>();
            }

            #[test]
            fn nan() {
                super::$test::<runtime::Nan>();
            }

            #[test]
            fn ptr() {
                super::$test::<runtime::Ptr>();
            }
        })*
    };
}
pub(crate) use on_all_representations;

/// Makes values and runs operations on them.
pub(crate) struct Values<V: Value> {
    pool: V::Pool,
    program: Program,
}

impl<V: Value> Default for Values<V> {
    fn default() -> Self {
        Self {
            pool: V::Pool::default(),
            // `fn(first, second)` is function 1 and `fn()` is function 2.
            program: syntax::parse("fn(first, second) { first }; fn() { 1 }").unwrap(),
        }
    }
}

impl<V: Value> Values<V> {
    pub(crate) fn null(&self) -> V {
        V::default()
    }

    pub(crate) fn integer(&self, value: i64) -> V {
        V::integer(value)
    }

    pub(crate) fn boolean(&self, value: bool) -> V {
        V::boolean(&self.pool, value)
    }

    pub(crate) fn builtin(&self, builtin: Builtin) -> V {
        V::builtin(&self.pool, builtin)
    }

    pub(crate) fn string(&self, text: &str) -> V {
        V::string(Str::new(text).unwrap())
    }

    pub(crate) fn array(&self, elements: impl IntoIterator<Item = V>) -> V {
        let mut elements: Vec<_> = elements.into_iter().collect();
        V::array(Array::take(&mut elements).unwrap())
    }

    pub(crate) fn hash(&self, keys_and_values: impl IntoIterator<Item = V>) -> V {
        let mut elements: Vec<_> = keys_and_values.into_iter().collect();
        V::hash(Hash::take(&mut elements).unwrap())
    }

    pub(crate) fn function(&self, id: u32, captures: impl IntoIterator<Item = V>) -> V {
        let captures = captures.into_iter().collect();
        V::function(Closure::new(FunctionId(id), captures).unwrap())
    }

    /// Runs an operation without limits; gives its result and what it counted.
    pub(crate) fn run<T>(
        &self,
        operation: impl FnOnce(&mut Session<'_, V, Counts, Fresh>) -> T,
    ) -> (T, Counts) {
        let mut counts = Counts::default();
        let mut output = Vec::new();
        let limits = Limits::default();
        let mut session = Session::new(
            &self.program,
            &self.pool,
            Fresh,
            &limits,
            &mut counts,
            &mut output,
        );
        let result = operation(&mut session);
        (result, counts)
    }

    /// `left op right`.
    pub(crate) fn infix(&self, op: InfixOp, mut left: V, right: V) -> Result<V, Raised> {
        self.run(|s| operators::infix::<_, _, _, Engine>(s, op, &mut left, &right))
            .0?;
        Ok(left)
    }

    /// `-operand`
    pub(crate) fn negate(&self, operand: V) -> Result<V, Raised> {
        self.run(|s| operators::prefix(s, PrefixOp::Negate, &operand))
            .0
    }

    /// `left == right`
    pub(crate) fn equal(&self, left: &V, right: &V) -> bool {
        let compare = |left, right| {
            self.run(|s| operators::compare(s, InfixOp::Equal, left, right))
                .0
                .unwrap()
        };
        let equal = compare(left, right);
        assert_eq!(compare(right, left), equal);
        equal
    }

    /// `object[index]`
    pub(crate) fn index(&self, object: &V, index: &V) -> V {
        self.run(|s| operators::index(s, object, index)).0.unwrap()
    }

    /// A built-in function's result.
    pub(crate) fn call<const N: usize>(&self, builtin: Builtin, mut arguments: [V; N]) -> V {
        self.run(|s| builtins::call(s, builtin, &mut arguments))
            .0
            .unwrap()
    }

    /// The value as a program prints it.
    pub(crate) fn text(&self, value: &V) -> String {
        print::to_text(&self.program, value, &Limits::default()).unwrap()
    }
}

/// An engine, as far as operators ask for one.
struct Engine;

impl<V: Value> operators::Place<V> for Engine {
    fn renew(slot: &mut V, new: impl operators::Make<V>) {
        *slot = V::default();
        *slot = new.make();
    }
}
