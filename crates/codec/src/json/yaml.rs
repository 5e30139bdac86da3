//! JSON as YAML, byte for byte as sigs.k8s.io/yaml writes it: keys in natural order, lists not
//! indented under their key, strings quoted where YAML 1.1 would read something else, long ones
//! folded at 80 columns.

use super::generic::{Json, Object};
use super::lexer::LexError;
use super::yaml_scalar::{Analysis, is_less, is_number_like, write_float};

const BEST_WIDTH: usize = 80;
/// Longer keys stand behind a question mark.
const MAX_SIMPLE_KEY_BYTES: usize = 128;

/// The document's YAML, ending with a new line.
pub fn from_json(text: &str) -> Result<String, LexError> {
    let json = Json::parse(text)?;
    let mut emitter = Emitter {
        out: String::with_capacity(text.len()),
        column: 0,
        indent: -1,
        whitespace: true,
        indention: true,
    };
    emitter.node(&json, Context::Root);
    emitter.indent = 0;
    emitter.write_indent();
    Ok(emitter.out)
}

/// A merge sort of our own: the order has cycles for odd keys, which the library's sorts do not
/// allow.
fn in_natural_order<'j>(mut entries: Vec<(&'j str, &'j Json)>) -> Vec<(&'j str, &'j Json)> {
    if entries.len() < 2 {
        return entries;
    }
    let right = entries.split_off(entries.len() / 2);
    let mut right = in_natural_order(right).into_iter().peekable();
    let mut sorted = Vec::with_capacity(entries.len() + right.len());
    for left in in_natural_order(entries) {
        while let Some(entry) = right.next_if(|r| is_less(r.0, left.0)) {
            sorted.push(entry);
        }
        sorted.push(left);
    }
    sorted.extend(right);
    sorted
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    Root,
    Sequence,
    Mapping,
    Key,
}

struct Emitter {
    out: String,
    column: usize,
    /// Columns of the block that is being written; -1 before the first.
    indent: i32,
    /// The last thing written was white space.
    whitespace: bool,
    /// Nothing but indentation and indicators stands on the line.
    indention: bool,
}

impl Emitter {
    fn put(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
    }

    fn put_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }

    fn write_indent(&mut self) {
        let indent = self.indent.max(0) as usize;
        let used = self.column > indent || (self.column == indent && !self.whitespace);
        if !self.indention || used {
            self.put_break();
        }
        while self.column < indent {
            self.put(' ');
        }
        self.whitespace = true;
        self.indention = true;
    }

    fn indicator(&mut self, text: &str, spaced: bool, is_whitespace: bool, is_indention: bool) {
        if spaced && !self.whitespace {
            self.put(' ');
        }
        text.chars().for_each(|c| self.put(c));
        self.whitespace = is_whitespace;
        self.indention &= is_indention;
    }

    fn deeper(&mut self, indentless: bool) -> i32 {
        let before = self.indent;
        if before < 0 {
            self.indent = 0;
        } else if !indentless {
            self.indent += 2;
        }
        before
    }

    fn node(&mut self, value: &Json, context: Context) {
        match value {
            Json::Object(object) if object.is_empty() => {
                self.indicator("{", true, true, false);
                self.indicator("}", false, false, false);
            }
            Json::Array(items) if items.is_empty() => {
                self.indicator("[", true, true, false);
                self.indicator("]", false, false, false);
            }
            Json::Object(object) => self.mapping(object),
            Json::Array(items) => {
                let before = self.deeper(context == Context::Mapping && !self.indention);
                for item in items {
                    self.write_indent();
                    self.indicator("-", true, false, true);
                    self.node(item, Context::Sequence);
                }
                self.indent = before;
            }
            Json::String(text) => self.string(text, context),
            Json::Null => self.plain("null", false),
            Json::Bool(b) => self.plain(if *b { "true" } else { "false" }, false),
            Json::Number(n) => {
                let is_int = n.parse::<i64>().is_ok() || n.parse::<u64>().is_ok();
                if is_int && &**n != "-0" {
                    self.plain(n, false);
                } else {
                    self.plain(&write_float(n), false);
                }
            }
        }
    }

    fn mapping(&mut self, object: &Object) {
        let before = self.deeper(false);
        for (key, value) in in_natural_order(object.iter().collect()) {
            self.write_indent();
            if key.len() <= MAX_SIMPLE_KEY_BYTES && !key.contains('\n') {
                self.string(key, Context::Key);
                self.indicator(":", false, false, false);
            } else {
                self.indicator("?", true, false, true);
                self.string(key, Context::Mapping);
                self.write_indent();
                self.indicator(":", true, false, true);
            }
            self.node(value, Context::Mapping);
        }
        self.indent = before;
    }

    fn string(&mut self, text: &str, context: Context) {
        let analysis = Analysis::of(text);
        let is_key = context == Context::Key;
        let before = self.indent;
        self.indent = if before < 0 { 2 } else { before + 2 };
        if text.contains('\n') && analysis.block_allowed && !is_key {
            self.literal(text);
        } else if text.contains('\n') || is_number_like(text) {
            self.double_quoted(text, !is_key);
        } else if analysis.plain_allowed && !(text.is_empty() && is_key) {
            self.plain(text, !is_key);
        } else if analysis.single_quoted_allowed {
            self.single_quoted(text, !is_key);
        } else {
            self.double_quoted(text, !is_key);
        }
        self.indent = before;
    }

    fn plain(&mut self, text: &str, may_fold: bool) {
        if !self.whitespace {
            self.put(' ');
        }
        self.folded(text, may_fold, false);
        self.whitespace = false;
        self.indention = false;
    }

    fn single_quoted(&mut self, text: &str, may_fold: bool) {
        self.indicator("'", true, false, false);
        self.folded(text, may_fold, true);
        self.indicator("'", false, false, false);
        self.whitespace = false;
        self.indention = false;
    }

    /// Single spaces beyond the best width become line ends.
    fn folded(&mut self, text: &str, may_fold: bool, quoted: bool) {
        let mut spaces = false;
        let mut rest = text.chars().peekable();
        let mut is_first = true;
        while let Some(c) = rest.next() {
            if c == ' ' {
                let inner = !quoted || (!is_first && rest.peek().is_some());
                let single = !spaces && rest.peek() != Some(&' ');
                if may_fold && single && inner && self.column > BEST_WIDTH {
                    self.write_indent();
                } else {
                    self.put(c);
                }
                spaces = true;
            } else {
                if quoted && c == '\'' {
                    self.put('\'');
                }
                self.put(c);
                self.indention = false;
                spaces = false;
            }
            is_first = false;
        }
    }

    fn double_quoted(&mut self, text: &str, may_fold: bool) {
        self.indicator("\"", true, false, false);
        let mut spaces = false;
        let mut rest = text.chars().peekable();
        let mut is_first = true;
        while let Some(c) = rest.next() {
            if super::yaml_scalar::needs_escape(c) {
                self.escape(c);
                spaces = false;
            } else if c == ' ' {
                let inner = !is_first && rest.peek().is_some();
                if may_fold && !spaces && inner && self.column > BEST_WIDTH {
                    self.write_indent();
                    if rest.peek() == Some(&' ') {
                        self.put('\\');
                    }
                } else {
                    self.put(c);
                }
                spaces = true;
            } else {
                self.put(c);
                spaces = false;
            }
            is_first = false;
        }
        self.indicator("\"", false, false, false);
        self.whitespace = false;
        self.indention = false;
    }

    fn escape(&mut self, c: char) {
        let code = c as u32;
        let short = match code {
            0x00 => '0',
            0x07 => 'a',
            0x08 => 'b',
            0x09 => 't',
            0x0a => 'n',
            0x0b => 'v',
            0x0c => 'f',
            0x0d => 'r',
            0x1b => 'e',
            0x22 | 0x5c => c,
            0x85 => 'N',
            0xa0 => '_',
            0x2028 => 'L',
            0x2029 => 'P',
            _ => ' ',
        };
        let text = match code {
            _ if short != ' ' => short.to_string(),
            0..=0xff => format!("x{code:02X}"),
            0x100..=0xffff => format!("u{code:04X}"),
            _ => format!("U{code:08X}"),
        };
        self.put('\\');
        text.chars().for_each(|c| self.put(c));
    }

    fn literal(&mut self, text: &str) {
        self.indicator("|", true, false, false);
        if text.starts_with([' ', '\n']) {
            self.indicator("2", false, false, false);
        }
        if !text.ends_with('\n') {
            self.indicator("-", false, false, false);
        } else if text.len() == 1 || text.ends_with("\n\n") {
            self.indicator("+", false, false, false);
        }
        self.put_break();
        self.indention = true;
        self.whitespace = true;
        let mut breaks = true;
        for c in text.chars() {
            if c == '\n' {
                self.put_break();
                self.indention = true;
                breaks = true;
            } else {
                if breaks {
                    self.write_indent();
                }
                self.put(c);
                self.indention = false;
                breaks = false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::from_json;

    #[test]
    fn block_style() {
        let json = r#"{"kind":"X","a":[1,{"b":"true","c":[]},[2,3]],"e":{},"n":null,"t":"x: y",
            "l":"one\ntwo\n","k10":1,"k9":"2020-01-01T00:00:00Z","q":"'","s":" x","u":"😀\t"}"#;
        let yaml = "a:\n- 1\n- b: \"true\"\n  c: []\n- - 2\n  - 3\ne: {}\n\
                    k9: \"2020-01-01T00:00:00Z\"\n\
                    k10: 1\nkind: X\nl: |\n  one\n  two\n\"n\": null\nq: ''''\ns: ' x'\nt: 'x: y'\n\
                    u: \"\\U0001F600\\t\"\n";
        assert_eq!(from_json(json), Ok(yaml.to_string()));
    }
}
