//! Random operations on values, against a model that shares no code with any representation: after
//! each one, every value is what the model says, and may change in place exactly if the model's may.

use std::rc::Rc;

use proptest::collection::vec;
use proptest::prelude::*;
use runtime::{Value, View, memory};
use syntax::Builtin;

use crate::allocations::live_blocks;
use crate::support::{Values, on_all_representations};

on_all_representations! {
    random_operations,
}

/// How many values there are at a time.
const SLOTS: usize = 6;

/// The most values that a value may contain, itself among them: sharing could make it exponential.
const MAX_SIZE: usize = 60;

/// What a value is.
#[derive(Clone, Debug)]
enum Model {
    Null,
    Boolean(bool),
    Integer(i64),
    Builtin(Builtin),
    String(Rc<String>),
    Array(Rc<Vec<Model>>),
    /// Under the keys 0, 1, 2 and so on.
    Hash(Rc<Vec<Model>>),
    Function(Rc<Vec<Model>>),
}

impl Model {
    fn elements(&self) -> &[Self] {
        match self {
            Self::Array(elements) | Self::Hash(elements) | Self::Function(elements) => elements,
            _ => &[],
        }
    }

    fn size(&self) -> usize {
        1 + self.elements().iter().map(Self::size).sum::<usize>()
    }

    fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Boolean(left), Self::Boolean(right)) => left == right,
            (Self::Integer(left), Self::Integer(right)) => left == right,
            (Self::Builtin(left), Self::Builtin(right)) => left == right,
            (Self::String(left), Self::String(right)) => left == right,
            (Self::Array(left), Self::Array(right)) | (Self::Hash(left), Self::Hash(right)) => {
                left.len() == right.len()
                    && left
                        .iter()
                        .zip(&**right)
                        .all(|(left, right)| left.equals(right))
            }
            (Self::Function(left), Self::Function(right)) => Rc::ptr_eq(left, right),
            _ => false,
        }
    }

    fn text(&self) -> String {
        let list = |elements: &[Self], keys: bool| {
            let shown = elements.iter().enumerate().map(|(key, element)| {
                let key = if keys {
                    format!("{key}: ")
                } else {
                    String::new()
                };
                key + &element.text()
            });
            shown.collect::<Vec<_>>().join(", ")
        };
        match self {
            Self::Null => "null".to_string(),
            Self::Boolean(value) => value.to_string(),
            Self::Integer(value) => value.to_string(),
            Self::Builtin(builtin) => format!("builtin {}", builtin.name()),
            Self::String(text) => text.to_string(),
            Self::Array(elements) => format!("[{}]", list(elements, false)),
            Self::Hash(elements) => format!("{{{}}}", list(elements, true)),
            Self::Function(_) => "fn()".to_string(),
        }
    }
}

/// A value without others in it.
#[derive(Clone, Debug)]
enum Plain {
    Null,
    Boolean(bool),
    Integer(i64),
    Builtin(usize),
    String(String),
}

#[derive(Clone, Copy, Debug)]
enum Container {
    Array,
    Hash,
    Function,
}

/// An operation; its numbers are slots.
#[derive(Clone, Debug)]
enum Operation {
    Make(usize, Plain),
    /// Of copies of what the slots hold.
    Contain(usize, Container, Vec<usize>),
    Copy {
        from: usize,
        to: usize,
    },
    Move {
        from: usize,
        to: usize,
    },
    Drop(usize),
    Dismantle(usize),
    Append(usize, String),
    Push {
        array: usize,
        element: usize,
    },
    Compare(usize, usize),
}

fn operation() -> impl Strategy<Value = Operation> {
    let slot = || 0..SLOTS;
    let plain = prop_oneof![
        Just(Plain::Null),
        any::<bool>().prop_map(Plain::Boolean),
        (any::<i64>(), 0..64_u32).prop_map(|(value, by)| Plain::Integer(value >> by)),
        (0..Builtin::ALL.len()).prop_map(Plain::Builtin),
        "[a-c]{0,2}".prop_map(Plain::String),
    ];
    let container = prop_oneof![
        Just(Container::Array),
        Just(Container::Hash),
        Just(Container::Function),
    ];
    prop_oneof![
        4 => (slot(), plain).prop_map(|(slot, plain)| Operation::Make(slot, plain)),
        4 => (slot(), container, vec(slot(), 0..4))
            .prop_map(|(slot, container, from)| Operation::Contain(slot, container, from)),
        3 => (slot(), slot()).prop_map(|(from, to)| Operation::Copy { from, to }),
        1 => (slot(), slot()).prop_map(|(from, to)| Operation::Move { from, to }),
        1 => slot().prop_map(Operation::Drop),
        1 => slot().prop_map(Operation::Dismantle),
        2 => (slot(), "[a-c]{0,2}").prop_map(|(slot, text)| Operation::Append(slot, text)),
        2 => (slot(), slot()).prop_map(|(array, element)| Operation::Push { array, element }),
        2 => (slot(), slot()).prop_map(|(left, right)| Operation::Compare(left, right)),
    ]
}

/// The values and what they should be, slot by slot.
struct Machine<V: Value> {
    v: Values<V>,
    values: [V; SLOTS],
    models: [Model; SLOTS],
}

impl<V: Value> Machine<V> {
    fn new() -> Self {
        Self {
            v: Values::default(),
            values: std::array::from_fn(|_| V::default()),
            models: std::array::from_fn(|_| Model::Null),
        }
    }

    fn set(&mut self, slot: usize, value: V, model: Model) {
        self.values[slot] = value;
        self.models[slot] = model;
    }

    fn make(&self, plain: Plain) -> (V, Model) {
        let v = &self.v;
        match plain {
            Plain::Null => (v.null(), Model::Null),
            Plain::Boolean(value) => (v.boolean(value), Model::Boolean(value)),
            Plain::Integer(value) => (v.integer(value), Model::Integer(value)),
            Plain::Builtin(index) => {
                let builtin = Builtin::ALL[index];
                (v.builtin(builtin), Model::Builtin(builtin))
            }
            Plain::String(text) => (v.string(&text), Model::String(Rc::new(text))),
        }
    }

    fn contain(&self, container: Container, from: &[usize]) -> (V, Model) {
        let values = from.iter().map(|&slot| self.values[slot].clone());
        let models = Rc::new(from.iter().map(|&slot| self.models[slot].clone()).collect());
        match container {
            Container::Array => (self.v.array(values), Model::Array(models)),
            Container::Function => (self.v.function(2, values), Model::Function(models)),
            Container::Hash => {
                let keyed = values
                    .zip(0..)
                    .flat_map(|(value, key)| [self.v.integer(key), value]);
                (self.v.hash(keyed), Model::Hash(models))
            }
        }
    }

    fn apply(&mut self, operation: Operation) {
        match operation {
            Operation::Make(slot, plain) => {
                let (value, model) = self.make(plain);
                self.set(slot, value, model);
            }
            Operation::Contain(slot, container, from) => {
                let (value, model) = self.contain(container, &from);
                if model.size() <= MAX_SIZE {
                    self.set(slot, value, model);
                }
            }
            Operation::Copy { from, to } => {
                self.set(to, self.values[from].clone(), self.models[from].clone());
            }
            Operation::Move { from, to } => {
                let value = std::mem::take(&mut self.values[from]);
                let model = std::mem::replace(&mut self.models[from], Model::Null);
                self.set(to, value, model);
            }
            Operation::Drop(slot) => self.set(slot, V::default(), Model::Null),
            Operation::Dismantle(slot) => self.dismantle(slot),
            Operation::Append(slot, text) => self.append(slot, &text),
            Operation::Push { array, element } => self.push(array, element),
            Operation::Compare(left, right) => {
                let expected = self.models[left].equals(&self.models[right]);
                let equal = self.v.equal(&self.values[left], &self.values[right]);
                assert_eq!(equal, expected, "{left} == {right}");
            }
        }
    }

    /// What comes out is what was in it, if this was the last reference.
    fn dismantle(&mut self, slot: usize) {
        let mut pending = Vec::new();
        std::mem::take(&mut self.values[slot]).dismantle(&mut pending);
        let expected = match std::mem::replace(&mut self.models[slot], Model::Null) {
            Model::Array(elements) | Model::Hash(elements) | Model::Function(elements) => {
                Rc::into_inner(elements).unwrap_or_default()
            }
            _ => Vec::new(),
        };
        assert_eq!(pending.len(), expected.len());
        for (value, model) in pending.iter().zip(&expected) {
            self.check(value, model);
        }
    }

    fn append(&mut self, slot: usize, text: &str) {
        let unique = self.values[slot].unique_string();
        let expected = match &mut self.models[slot] {
            Model::String(string) => Rc::get_mut(string),
            _ => None,
        };
        assert_eq!(unique.is_some(), expected.is_some(), "slot {slot}");
        if let (Some(string), Some(expected)) = (unique, expected) {
            string.append(text).unwrap();
            expected.push_str(text);
        }
    }

    fn push(&mut self, array: usize, element: usize) {
        let (value, model) = (self.values[element].clone(), self.models[element].clone());
        let is_small = self.models[array].size() + model.size() <= MAX_SIZE;
        let unique = self.values[array].unique_array();
        let expected = match &mut self.models[array] {
            Model::Array(elements) => Rc::get_mut(elements),
            _ => None,
        };
        assert_eq!(unique.is_some(), expected.is_some(), "slot {array}");
        if let (Some(elements), Some(expected)) = (unique, expected)
            && is_small
        {
            elements.push(value).unwrap();
            expected.push(model);
        }
    }

    fn check_all(&self) {
        for (value, model) in self.values.iter().zip(&self.models) {
            assert_eq!(self.v.text(value), model.text());
            self.check(value, model);
        }
    }

    fn check(&self, value: &V, model: &Model) {
        match (value.view(), model) {
            (View::Null, Model::Null) => {}
            (View::Boolean(value), Model::Boolean(expected)) => assert_eq!(value, *expected),
            (View::Integer(value), Model::Integer(expected)) => assert_eq!(value, *expected),
            (View::Builtin(value), Model::Builtin(expected)) => assert_eq!(value, *expected),
            (View::String(value), Model::String(expected)) => assert_eq!(value, **expected),
            (View::Array(array), Model::Array(expected)) => self.check_each(array, expected),
            (View::Hash(hash), Model::Hash(expected)) => {
                assert_eq!(hash.len(), expected.len());
                for ((_, value), expected) in hash.iter().zip(&**expected) {
                    self.check(value, expected);
                }
            }
            (View::Function(closure), Model::Function(expected)) => {
                self.check_each(&closure.captures, expected);
            }
            _ => panic!("{value:?} should be {model:?}"),
        }
        let is_truthy = !matches!(model, Model::Null | Model::Boolean(false));
        assert_eq!(value.is_truthy(), is_truthy, "{value:?}");
    }

    fn check_each(&self, values: &[V], expected: &[Model]) {
        assert_eq!(values.len(), expected.len());
        for (value, expected) in values.iter().zip(expected) {
            self.check(value, expected);
        }
    }
}

fn random_operations<V: Value>() {
    let config = ProptestConfig {
        cases: if cfg!(miri) { 5 } else { 300 },
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(operations in vec(operation(), 1..60))| {
        let blocks = live_blocks();
        let mut machine = Machine::<V>::new();
        let size = operations.len();
        for operation in operations.iter().cloned() {
            machine.apply(operation);
            machine.check_all();
        }
        drop(machine);
        prop_assert_eq!(memory::live(), 0);
        prop_assert_eq!(live_blocks(), blocks, "after {} operations", size);
    });
}
