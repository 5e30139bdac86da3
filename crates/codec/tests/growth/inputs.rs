//! Input that a few choices describe and a length makes: one place of one kind, filled as often as
//! there is room.

use std::fmt;

use steersman_codec::model::{Cardinality, FieldType, MessageId, Model};

pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        dice.below(2);
        dice.below(2);
        dice
    }

    pub fn below(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }

    pub fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

/// In which order the elements' names come.
#[derive(Clone, Copy, Debug)]
pub enum Order {
    Rising,
    Falling,
    Scattered,
    Same,
}

/// What is there again and again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Repeated {
    /// Elements of the list or map.
    Elements,
    /// The field itself with one element, behind one that is long.
    Field,
    /// Unknown names beside the field.
    Unknown,
    /// Half the room is a long name, the other half elements below it.
    BelowLongName,
}

/// Where the kind is filled: names from the root, and what stands there.
pub struct Shape {
    pub id: MessageId,
    path: Vec<(String, Cardinality)>,
    /// Of an element: names with their values' texts. `#` stands for the element's name.
    element: String,
    is_map: bool,
    order: Order,
    repeated: Repeated,
    /// Of raw text that is no JSON: pieces that are repeated.
    pub pieces: Vec<&'static str>,
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = &Model::builtin().message(self.id).name;
        let names: Vec<&str> = self.path.iter().map(|(name, _)| name.as_str()).collect();
        let (path, element) = (names.join("."), &self.element);
        let (order, repeated) = (self.order, self.repeated);
        write!(
            f,
            "{kind} {path} with {element}, {order:?} {repeated:?}, pieces {:?}",
            self.pieces
        )
    }
}

/// What raw text is made of.
const PIECES: [&str; 44] = [
    "- ",
    "a: b\n",
    "? ",
    "&a ",
    "*a ",
    "# c\n",
    "---\n",
    "...\n",
    "{",
    "}",
    "[",
    "]",
    "'",
    "\"",
    "\\u00e9",
    "|\n x\n",
    ">-\n  y\n",
    "!!str ",
    "!!binary ",
    "<<: *a\n",
    "\t",
    "\u{e9}",
    ": ",
    ",",
    "\n",
    " ",
    "%TAG ! x\n",
    "null",
    "1e9",
    "0x1f",
    "1_0",
    "2001-01-01",
    "\"a\":",
    "{\"a\":",
    "\"\\\"",
    "#: ",
    "k#: 1\n",
    "\"k#\":1,",
    "  ",
    "\r\n",
    "f:a",
    "{\"f:a\":{}},",
    "- #\n",
    "~",
];

impl Shape {
    pub fn new(dice: &mut Dice) -> Shape {
        let model = Model::builtin();
        let roots: Vec<MessageId> = model.ids().filter(|id| model.message(*id).root).collect();
        loop {
            let id = dice.one(&roots);
            if let Some((path, element, is_map)) = place(model, id, dice) {
                let orders = [Order::Rising, Order::Falling, Order::Scattered, Order::Same];
                let repeated = [
                    Repeated::Elements,
                    Repeated::Elements,
                    Repeated::Field,
                    Repeated::Unknown,
                    Repeated::BelowLongName,
                ];
                return Shape {
                    id,
                    path,
                    element,
                    is_map,
                    order: dice.one(&orders),
                    repeated: dice.one(&repeated),
                    pieces: (0..1 + dice.below(4)).map(|_| dice.one(&PIECES)).collect(),
                };
            }
        }
    }

    fn name(&self, at: usize, of: usize) -> String {
        let number = match self.order {
            Order::Rising => at,
            Order::Falling => of - at,
            Order::Scattered => (at * 7919) % of.max(1),
            Order::Same => 0,
        };
        format!("n{number:07}")
    }

    fn one(&self, at: usize, of: usize, variant: &str) -> String {
        let name = self.name(at, of);
        let value = self.element.replace('#', &name).replace('@', variant);
        if self.is_map {
            format!("\"{name}\":{value}")
        } else {
            value
        }
    }

    fn list(&self, elements: &str) -> String {
        if self.is_map {
            format!("{{{elements}}}")
        } else {
            format!("[{elements}]")
        }
    }

    /// JSON of about this length; objects of other variants differ in their values.
    pub fn json(&self, bytes: usize, variant: &str) -> String {
        let each = self.one(0, 1, variant).len() + 1;
        let (last, _) = self.path.last().unwrap();
        let elements = |count: usize| {
            let all: Vec<String> = (0..count).map(|at| self.one(at, count, variant)).collect();
            self.list(&all.join(","))
        };
        let field = match self.repeated {
            Repeated::Elements => format!("\"{last}\":{}", elements(bytes / each)),
            Repeated::Field => {
                let again = format!(",\"{last}\":{}", elements(1));
                let count = bytes / 2 / again.len();
                let long = elements(bytes / 2 / each);
                format!("\"{last}\":{long}{}", again.repeat(count))
            }
            Repeated::Unknown => {
                let count = bytes / 24;
                let all =
                    (0..count).map(|at| format!("\"u{}\":{{\"a\":[]}}", self.name(at, count)));
                format!(
                    "{},\"{last}\":{}",
                    all.collect::<Vec<_>>().join(","),
                    elements(1)
                )
            }
            Repeated::BelowLongName => {
                let name = "k".repeat(bytes / 2);
                let count = bytes / 2 / 8;
                let below = "{\"u\":0},".repeat(count);
                format!("\"{last}\":{},\"{name}\":[{below}{{}}]", elements(1))
            }
        };
        let mut text = format!("{{{field}}}");
        for (name, cardinality) in self.path.iter().rev().skip(1) {
            text = match cardinality {
                Cardinality::Single => format!("{{\"{name}\":{text}}}"),
                Cardinality::Repeated => format!("{{\"{name}\":[{text}]}}"),
                Cardinality::Map => format!("{{\"{name}\":{{\"k\":{text}}}}}"),
            };
        }
        let message = Model::builtin().message(self.id);
        let (version, kind) = (message.api_version(), &message.kind);
        format!(
            "{{\"apiVersion\":\"{version}\",\"kind\":\"{kind}\",{}",
            &text[1..]
        )
    }

    /// The pieces, as often as there is room.
    pub fn raw(&self, bytes: usize) -> String {
        let mut text = String::with_capacity(bytes + 64);
        let mut at = 0;
        while text.len() < bytes {
            for piece in &self.pieces {
                text.push_str(&piece.replace('#', &self.name(at, bytes)));
            }
            at += 1;
        }
        text
    }

    /// JSON names from the root to the place.
    pub fn pointer(&self) -> String {
        self.path
            .iter()
            .fold(String::new(), |pointer, (name, cardinality)| {
                let within = match cardinality {
                    Cardinality::Repeated if !std::ptr::eq(name, &self.path.last().unwrap().0) => {
                        "/0"
                    }
                    _ => "",
                };
                format!("{pointer}/{name}{within}")
            })
    }

    pub fn last_name(&self) -> &str {
        &self.path.last().unwrap().0
    }

    pub fn is_map(&self) -> bool {
        self.is_map
    }

    /// A patch that says something about the place, under its parents' names.
    pub fn around(&self, inner: &str) -> String {
        let mut text = format!("{{{inner}}}");
        for (name, cardinality) in self.path.iter().rev().skip(1) {
            text = match cardinality {
                Cardinality::Repeated => format!("{{\"{name}\":[{text}]}}"),
                _ => format!("{{\"{name}\":{text}}}"),
            };
        }
        text
    }

    /// The elements' texts.
    pub fn elements(&self, count: usize, variant: &str) -> Vec<String> {
        (0..count).map(|at| self.one(at, count, variant)).collect()
    }
}

type Place = (Vec<(String, Cardinality)>, String, bool);

/// Some list or map of a kind, however deep, and an element of it.
fn place(model: &Model, id: MessageId, dice: &mut Dice) -> Option<Place> {
    let mut path = Vec::new();
    let mut at = id;
    for _ in 0..6 {
        let fields = &model.message(at).fields;
        let usable: Vec<_> = fields
            .iter()
            .filter(|field| field.number > 0 && !field.inline)
            .filter(|field| {
                let below = matches!(field.ty, FieldType::Message(_));
                below || field.cardinality != Cardinality::Single
            })
            .collect();
        if usable.is_empty() {
            return None;
        }
        let field = usable[dice.below(usable.len())];
        path.push((field.json.to_string(), field.cardinality));
        let ends = field.cardinality != Cardinality::Single && dice.below(3) > 0;
        match field.ty {
            FieldType::Message(below) if !ends => at = below,
            ty => {
                if field.cardinality == Cardinality::Single {
                    return None;
                }
                let element = value(model, ty, dice, 0);
                return Some((path, element, field.cardinality == Cardinality::Map));
            }
        }
    }
    None
}

fn value(model: &Model, ty: FieldType, dice: &mut Dice, depth: usize) -> String {
    match ty {
        FieldType::Bool => "true".to_owned(),
        FieldType::Int32 | FieldType::Int64 => "7".to_owned(),
        FieldType::Double => "1.5".to_owned(),
        FieldType::String => "\"#@\"".to_owned(),
        FieldType::Bytes => "\"AAAA\"".to_owned(),
        FieldType::Time => "\"2026-01-01T00:00:00Z\"".to_owned(),
        FieldType::MicroTime => "\"2026-01-01T00:00:00.000001Z\"".to_owned(),
        FieldType::Duration => "\"1s\"".to_owned(),
        FieldType::Quantity => "\"100m\"".to_owned(),
        FieldType::IntOrString => "80".to_owned(),
        FieldType::Raw => "{\"a\":[1]}".to_owned(),
        FieldType::StringArray => "[\"#@\"]".to_owned(),
        FieldType::OneOf(..) => "{}".to_owned(),
        FieldType::Message(id) => {
            let fields = &model.message(id).fields;
            let simple = fields.iter().filter(|field| {
                let deep = matches!(field.ty, FieldType::Message(_) | FieldType::OneOf(..));
                field.number > 0 && !field.inline && (!deep || depth < 1)
            });
            let mut parts = Vec::new();
            for field in simple {
                let merges = field.json == "name" || field.json == "key" || field.json == "uid";
                if !merges && dice.below(4) > 0 {
                    continue;
                }
                let one = value(model, field.ty, dice, depth + 1);
                parts.push(match field.cardinality {
                    Cardinality::Single => format!("\"{}\":{one}", field.json),
                    Cardinality::Repeated => format!("\"{}\":[{one}]", field.json),
                    Cardinality::Map => format!("\"{}\":{{\"k\":{one}}}", field.json),
                });
            }
            format!("{{{}}}", parts.join(","))
        }
    }
}
