//! Character references, as far as there is no doubt about them.

use std::borrow::Cow;

/// The text that a browser would show for this source text, or `None` where that takes the full rules:
/// rare names, references without a semicolon, code points that HTML replaces, NUL and carriage return.
pub(super) fn decode(source: &str) -> Option<Cow<'_, str>> {
    let bytes = source.as_bytes();
    let Some(first) = memchr::memchr3(b'&', b'\r', 0, bytes) else { return Some(Cow::Borrowed(source)) };
    if memchr::memchr2(b'\r', 0, &bytes[first..]).is_some() {
        return None;
    }
    let mut text = String::with_capacity(source.len());
    let mut rest = source;
    let mut next = Some(first);
    while let Some(at) = next {
        text.push_str(&rest[..at]);
        let (decoded, length) = reference(&rest[at..])?;
        text.push(decoded);
        rest = &rest[at + length..];
        next = memchr::memchr(b'&', rest.as_bytes());
    }
    text.push_str(rest);
    Some(Cow::Owned(text))
}

/// The character at the beginning of `source`, which starts with `&`, and the length of its reference.
fn reference(source: &str) -> Option<(char, usize)> {
    let after = source.as_bytes().get(1).copied().unwrap_or(b' ');
    if after != b'#' && !after.is_ascii_alphanumeric() {
        return Some(('&', 1));
    }
    let end = source.bytes().take(10).position(|byte| byte == b';')?;
    let character = match &source[1..end] {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        number => numeric(number.strip_prefix('#')?)?,
    };
    Some((character, end + 1))
}

fn numeric(digits: &str) -> Option<char> {
    let (digits, radix) = match digits.strip_prefix(['x', 'X']) {
        Some(hex) => (hex, 16),
        None => (digits, 10),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let code = u32::from_str_radix(digits, radix).ok()?;
    let plain = code >= 0xa0 || (0x20..0x7f).contains(&code) || code == 0x0a;
    char::from_u32(code).filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn decodes_once_and_gives_up_in_doubt() {
        assert_eq!(decode("a &amp;lt; b &#33;&#x1F98A; & c").unwrap(), "a &lt; b !🦊 & c");
        assert_eq!(decode("it&#39;s &quot;q&quot; &lt;b&gt;").unwrap(), "it's \"q\" <b>");
        for doubt in ["&copy;", "&amp", "&ampx;", "&#0;", "&#x80;", "&#xD800;", "&#;", "a\rb", "a\0", "&#+5;"]
        {
            assert_eq!(decode(doubt), None, "{doubt:?}");
        }
    }
}
