//! Reads what people write. The error is the key of the text that says what is expected.

use jiff::civil::Date;

type Check<T> = Result<T, &'static str>;

/// Characters that turn text around or hide it; line breaks are dealt with apart.
fn is_odd(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// One line without odd characters and with single spaces.
pub fn line(text: &str) -> String {
    let clean: String =
        text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !is_odd(*c)).collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Several lines without odd characters.
pub fn paragraphs(text: &str) -> String {
    let clean: String = text.replace("\r\n", "\n").chars().filter(|c| *c == '\n' || !is_odd(*c)).collect();
    clean.trim().to_owned()
}

fn between(text: String, least: usize, most: usize, expected: &'static str) -> Check<String> {
    if (least..=most).contains(&text.chars().count()) { Ok(text) } else { Err(expected) }
}

/// A person's name: two words at least.
pub fn full_name(text: &str) -> Check<String> {
    let name = between(line(text), 5, 150, "bad.name")?;
    let good = |c: char| c.is_alphabetic() || matches!(c, ' ' | '-' | '\'' | '’' | '.' | 'ʼ' | '(' | ')');
    let words = name.split(' ').filter(|word| word.chars().any(char::is_alphabetic)).count();
    if words >= 2 && name.chars().all(good) { Ok(name) } else { Err("bad.name") }
}

/// `dd.mm.yyyy` or `yyyy-mm-dd`, of somebody between 10 and 100 years; comes back as `yyyy-mm-dd`.
pub fn birth_date(text: &str, today: Date) -> Check<String> {
    let date = read_date(line(text).as_str()).ok_or("bad.birth")?;
    let years =
        today.year() - date.year() - i16::from((today.month(), today.day()) < (date.month(), date.day()));
    if (10..=100).contains(&years) { Ok(date.to_string()) } else { Err("bad.birth") }
}

fn read_date(text: &str) -> Option<Date> {
    let parts: Vec<&str> = text.split(['.', '-', '/', ':', ' ']).collect();
    let [first, month, last] = parts.as_slice() else { return None };
    let (year, day) = if first.len() == 4 { (first, last) } else { (last, first) };
    if year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// A number of 10 to 15 digits; comes back with a plus. Eight and ten digits are Russian.
pub fn phone(text: &str) -> Check<String> {
    let line = line(text);
    let odd = |c: char| !(c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '(' | ')'));
    let digits: String = line.chars().filter(char::is_ascii_digit).collect();
    if line.chars().any(odd) || !(10..=15).contains(&digits.len()) {
        return Err("bad.phone");
    }
    Ok(match (digits.len(), digits.as_bytes()[0]) {
        (11, b'8') if !line.starts_with('+') => format!("+7{}", &digits[1..]),
        (10, _) => format!("+7{digits}"),
        _ => format!("+{digits}"),
    })
}

/// An e-mail address; comes back as it was written and as the key under which it is one.
pub fn email(text: &str) -> Check<(String, String)> {
    let address = line(text);
    let parsed: Result<lettre::Address, _> = address.parse();
    let good = parsed.is_ok_and(|parsed| parsed.domain().contains('.') && !parsed.domain().starts_with('['));
    if !good || address.len() > 254 || !address.is_ascii() {
        return Err("bad.email");
    }
    let key = address.to_ascii_lowercase();
    Ok((address, key))
}

/// A name or word of an organisation.
pub fn organisation(text: &str) -> Check<String> {
    between(line(text), 2, 300, "bad.organisation")
}

/// The key under which two spellings of an organisation are one.
pub fn organisation_key(full: &str) -> String {
    let folded = full.to_lowercase().replace('ё', "е");
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// A title of a paper.
pub fn title(text: &str) -> Check<String> {
    between(line(text), 5, 300, "bad.title")
}

/// An abstract.
pub fn summary(text: &str) -> Check<String> {
    between(paragraphs(text), 50, 3000, "bad.abstract")
}

/// One to ten words or phrases between commas, each once.
pub fn keywords(text: &str) -> Check<String> {
    let mut words: Vec<String> = Vec::new();
    for word in paragraphs(text).split([',', ';', '\n']).map(line).filter(|word| !word.is_empty()) {
        if !words.iter().any(|known| known.to_lowercase() == word.to_lowercase()) {
            words.push(word);
        }
    }
    let good = (1..=10).contains(&words.len()) && words.iter().all(|word| word.chars().count() <= 60);
    if good { Ok(words.join(", ")) } else { Err("bad.keywords") }
}

/// A comment.
pub fn comment(text: &str) -> Check<String> {
    between(paragraphs(text), 3, 2000, "bad.comment")
}

/// Six digits.
pub fn code(text: &str) -> Check<String> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let good = digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit());
    if good { Ok(digits) } else { Err("bad.code") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_apostrophes_and_lose_tricks() {
        assert_eq!(full_name("  О’Брайен\u{202e}  Анна-Мария ").unwrap(), "О’Брайен Анна-Мария");
        assert_eq!(full_name("O'Brien Sean").unwrap(), "O'Brien Sean");
        for bad in ["Анна", "", "x'; DROP TABLE person;--", "A1 B2", "<b>x</b> y"] {
            assert_eq!(full_name(bad), Err("bad.name"), "{bad}");
        }
    }

    #[test]
    fn dates_phones_and_addresses() {
        let today = Date::constant(2026, 11, 21);
        assert_eq!(birth_date("01.02.2005", today).unwrap(), "2005-02-01");
        assert_eq!(birth_date("2005-02-01", today).unwrap(), "2005-02-01");
        for bad in ["31.02.2005", "1.1.05", "01.01.2020", "01.01.1900", "вчера"] {
            assert!(birth_date(bad, today).is_err(), "{bad}");
        }
        assert_eq!(phone("8 (913) 123-45-67").unwrap(), "+79131234567");
        assert_eq!(phone("+1 202 555 0100").unwrap(), "+12025550100");
        assert!(phone("12").is_err() && phone("позвоните").is_err());
        assert_eq!(
            email(" Anna@Example.ORG ").unwrap(),
            ("Anna@Example.ORG".into(), "anna@example.org".into())
        );
        for bad in ["a@b", "a b@c.de", "a@b.de\r\nBcc: x@y.z", "'; --", "a@[127.0.0.1]"] {
            assert!(email(bad).is_err(), "{bad}");
        }
        assert_eq!(code("12 34-56").unwrap(), "123456");
        assert!(code("12345").is_err() && code("١٢٣٤٥٦").is_err());
    }

    #[test]
    fn keywords_are_few_short_and_different() {
        assert_eq!(
            keywords(" свет,  Фотонные кристаллы;Свет\n зоны,").unwrap(),
            "свет, Фотонные кристаллы, зоны"
        );
        let many = ["а"; 11].iter().enumerate().map(|(n, a)| format!("{a}{n}")).collect::<Vec<_>>().join(",");
        for bad in ["", " , ;", &many, &"я".repeat(61)] {
            assert_eq!(keywords(bad), Err("bad.keywords"), "{bad}");
        }
    }

    #[test]
    fn spellings_of_an_organisation_are_one() {
        assert_eq!(
            organisation_key("Томский  гос. «Университет»"),
            organisation_key("томский гос университет")
        );
    }
}
