//! Finished HTML: the only texts that templates write as they stand.

use std::fmt::{self, Write as _};

use askama::filters::HtmlSafe;

/// HTML whose parts were escaped when it was put together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Html(String);

impl HtmlSafe for Html {}

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::FastWritable for Html {
    fn write_into(&self, dest: &mut dyn fmt::Write, _: &dyn askama::Values) -> askama::Result<()> {
        Ok(dest.write_str(&self.0)?)
    }
}

impl Html {
    /// A plain text, escaped.
    pub(super) fn text(text: &str) -> Self {
        let mut html = Self::default();
        html.push_text(text);
        html
    }

    /// Markup of this program's own.
    pub(super) fn markup(&mut self, markup: &str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Adds a text, escaped; also good inside of a quoted attribute.
    pub(super) fn push_text(&mut self, text: &str) -> &mut Self {
        let mut from = 0;
        for (at, byte) in text.bytes().enumerate() {
            let Some(escaped) = escaped(byte) else { continue };
            self.0.push_str(&text[from..at]);
            self.0.push_str(escaped);
            from = at + 1;
        }
        self.0.push_str(&text[from..]);
        self
    }

    /// Adds other HTML.
    pub(super) fn push(&mut self, other: &Self) -> &mut Self {
        self.0.push_str(&other.0);
        self
    }

    /// Adds what holds no text of strangers, as numbers.
    pub(super) fn push_fmt(&mut self, arguments: fmt::Arguments<'_>) -> &mut Self {
        // Writing to a String cannot fail.
        let _ = self.0.write_fmt(arguments);
        self
    }

    #[cfg(test)]
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    #[cfg(test)]
    pub(super) fn into_string(self) -> String {
        self.0
    }

    /// A page that a template has drawn.
    pub(super) fn drawn(template: &impl askama::Template) -> askama::Result<Self> {
        template.render().map(Self)
    }
}

fn escaped(byte: u8) -> Option<&'static str> {
    match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'"' => Some("&quot;"),
        b'\'' => Some("&#39;"),
        _ => None,
    }
}

/// A text of the catalogue with HTML in the places of `{0}`, `{1}`...
pub(super) fn fill(text: &str, parts: &[&Html]) -> Html {
    let mut html = Html::default();
    pieces(text, |piece| match piece {
        Ok(plain) => {
            html.push_text(plain);
        }
        Err(number) => {
            parts.get(number).map(|part| html.push(part));
        }
    });
    html
}

/// A text of the catalogue with plain texts filled in.
pub(super) fn fill_plain(text: &str, parts: &[&str]) -> String {
    let mut filled = String::with_capacity(text.len() + 32);
    pieces(text, |piece| match piece {
        Ok(plain) => filled.push_str(plain),
        Err(number) => filled.push_str(parts.get(number).copied().unwrap_or_default()),
    });
    filled
}

/// Cuts a text at its `{N}`: the text between them, and the numbers.
fn pieces<'a>(text: &'a str, mut each: impl FnMut(Result<&'a str, usize>)) {
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let number = rest.as_bytes().get(open + 1).filter(|digit| digit.is_ascii_digit());
        let (Some(digit), Some(b'}')) = (number, rest.as_bytes().get(open + 2)) else { break };
        each(Ok(&rest[..open]));
        each(Err(usize::from(digit - b'0')));
        rest = &rest[open + 3..];
    }
    each(Ok(rest));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_in_is_never_filled_again() {
        assert_eq!(fill_plain("from {1} to {0}.", &["{1}", "b"]), "from b to {1}.");
        let link = Html::text("<a href=\"x\">");
        assert_eq!(fill("<{0}>", &[&link]).as_str(), "&lt;&lt;a href=&quot;x&quot;&gt;&gt;");
        assert_eq!(fill_plain("{2}", &[]), "");
        assert_eq!(fill_plain("{x} {", &[]), "{x} {");
    }
}
