//! What an OpenAPI document expects, in words: errors of a framework say what it could not do, and not what is wanted.

use serde_json::{Map, Value};

/// Bounds beyond this one say nothing to people.
const LARGE: u64 = 1 << 32;

/// The schemas of one document.
#[derive(Debug, Clone, Copy)]
pub struct Schemas<'a>(&'a Value);

impl<'a> Schemas<'a> {
    /// Of this document.
    pub fn of(document: &'a Value) -> Self {
        Self(document)
    }

    /// The schema of this name.
    pub fn named(self, name: &str) -> &'a Value {
        &self.0["components"]["schemas"][name]
    }

    fn resolved(self, schema: &'a Value) -> &'a Value {
        // A field that says something of its own beside a schema with a name has both as parts.
        let part = schema["allOf"].get(0).unwrap_or(schema);
        let name = part["$ref"].as_str().and_then(|path| path.rsplit('/').next());
        name.map_or(schema, |name| self.named(name))
    }

    /// A value that fits the schema, in words like "a whole number from 1 to 100". The description helps where the
    /// schema alone says little.
    pub fn words(self, schema: &'a Value, description: &str) -> String {
        let schema = self.resolved(schema);
        if let Some(choices) = schema["enum"].as_array() {
            let choices: Vec<&str> = choices.iter().filter_map(Value::as_str).collect();
            return format!("one of {}", listed(&choices, "or"));
        }
        match schema["type"].as_str() {
            Some("boolean") => "`true` or `false`".to_owned(),
            Some("integer") => whole_number(schema),
            Some("array") => self.list(schema),
            Some("object") => "an object".to_owned(),
            _ => text(schema, description),
        }
    }

    fn list(self, schema: &'a Value) -> String {
        let items = self.words(&schema["items"], "");
        match schema["maxItems"].as_u64() {
            Some(most) => format!("a list of at most {most} items, each {items},"),
            None => format!("a list of items, each {items},"),
        }
    }

    /// What is wrong with the body of a request, as far as its schema tells; `None` when it seems to fit.
    pub fn wrong_body(self, body: &Value, schema: &'a Value) -> Option<String> {
        let schema = self.resolved(schema);
        let Some(fields) = body.as_object() else { return Some("the body is not a JSON object".to_owned()) };
        let empty = Map::new();
        let known = schema["properties"].as_object().unwrap_or(&empty);
        if let Some(unknown) = fields.keys().find(|name| !known.contains_key(*name)) {
            let names: Vec<&str> = known.keys().map(String::as_str).collect();
            let unknown: String = unknown.chars().take(64).collect();
            return Some(format!(
                "the field `{unknown}` is unknown: the fields are {}",
                listed(&names, "and")
            ));
        }
        let wrong = known
            .iter()
            .find(|(name, field)| !self.fits_field(fields.get(*name), field, required(schema, name)));
        // A pattern is checked by whoever reads the field: when all the rest fits, it is the one.
        let patterned =
            || known.iter().find(|(name, field)| fields.contains_key(*name) && field["pattern"].is_string());
        let (name, field) = wrong.or_else(patterned)?;
        let expected = self.words(field, field["description"].as_str().unwrap_or_default());
        match fields.get(name) {
            None => Some(format!("the field `{name}` is missing: {expected} is expected")),
            Some(_) => Some(format!("the field `{name}` cannot be used: {expected} is expected")),
        }
    }

    fn fits_field(self, value: Option<&Value>, field: &'a Value, required: bool) -> bool {
        match value {
            None => !required,
            Some(Value::Null) => field["nullable"] == true,
            Some(value) => self.fits(value, field),
        }
    }

    fn fits(self, value: &Value, schema: &'a Value) -> bool {
        let schema = self.resolved(schema);
        match value {
            Value::Bool(_) => schema["type"] == "boolean",
            Value::Number(number) => schema["type"] == "integer" && number.is_u64(),
            Value::String(text) => {
                let longest = schema["maxLength"].as_u64().unwrap_or(u64::MAX);
                let chosen = schema["enum"].as_array().is_none_or(|choices| choices.contains(value));
                schema["type"] == "string" && chosen && text.chars().count() as u64 <= longest
            }
            Value::Array(items) => {
                let most = schema["maxItems"].as_u64().unwrap_or(u64::MAX);
                let few = items.len() as u64 <= most;
                schema["type"] == "array" && few && items.iter().all(|item| self.fits(item, &schema["items"]))
            }
            Value::Object(_) => schema["type"] == "object",
            Value::Null => false,
        }
    }
}

fn required(schema: &Value, name: &str) -> bool {
    schema["required"].as_array().is_some_and(|names| names.iter().any(|required| required == name))
}

fn whole_number(schema: &Value) -> String {
    let bound = |name: &str| schema[name].as_f64().map(|bound| bound.max(0.0));
    let least = bound("minimum").map(|least| format!(" from {least:.0}"));
    let most = bound("maximum").filter(|most| *most < LARGE as f64).map(|most| format!(" to {most:.0}"));
    let least = least.or_else(|| most.is_some().then(|| " from 0".to_owned()));
    format!("a whole number{}{}", least.unwrap_or_default(), most.unwrap_or_default())
}

fn text(schema: &Value, description: &str) -> String {
    if schema["format"] == "date-time" {
        return "a time like 2026-11-21T01:02:03Z".to_owned();
    }
    if let Some(pattern) = schema["pattern"].as_str() {
        let meaning = description.split(['.', ';']).next().unwrap_or_default();
        let meaning = if meaning.is_empty() { String::new() } else { format!(" ({meaning})") };
        return format!("a text of the form `{pattern}`{meaning}");
    }
    match schema["maxLength"].as_u64() {
        Some(most) => format!("a text of at most {most} characters"),
        None => "a text".to_owned(),
    }
}

/// `a, b and c`.
fn listed(words: &[&str], last_word: &str) -> String {
    match words {
        [] => "none".to_owned(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} {last_word} {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn schemas_are_told_in_words() {
        let document = json!({"components": {"schemas": {"Kind": {"type": "string", "enum": ["user", "bot", "group"]}}}});
        let schemas = Schemas::of(&document);
        for (schema, words) in [
            (json!({"$ref": "#/components/schemas/Kind"}), "one of user, bot or group"),
            (json!({"type": "integer", "minimum": 1, "maximum": 100}), "a whole number from 1 to 100"),
            (json!({"type": "integer", "maximum": 100.0}), "a whole number from 0 to 100"),
            (json!({"type": "integer", "minimum": 1, "maximum": LARGE * 2}), "a whole number from 1"),
            (json!({"type": "boolean"}), "`true` or `false`"),
            (json!({"type": "string", "format": "date-time"}), "a time like 2026-11-21T01:02:03Z"),
            (json!({"type": "string", "pattern": "^x$"}), "a text of the form `^x$` (An x)"),
            (
                json!({"type": "array", "maxItems": 2, "items": {"type": "string", "maxLength": 3}}),
                "a list of at most 2 items, each a text of at most 3 characters,",
            ),
        ] {
            assert_eq!(schemas.words(&schema, "An x; of a kind."), words);
        }
    }

    #[test]
    fn the_wrong_field_is_found() {
        let document =
            json!({"components": {"schemas": {"Rank": {"type": "string", "enum": ["low", "high"]}}}});
        let rank =
            json!({"nullable": true, "allOf": [{"$ref": "#/components/schemas/Rank"}, {"nullable": true}]});
        let schema = json!({
            "properties": {
                "name": {"type": "string", "maxLength": 3},
                "on": {"type": "boolean", "nullable": true},
                "tags": {"type": "array", "items": {"type": "string"}, "nullable": true},
                "span": {"type": "string", "pattern": "^[0-9]+s$", "nullable": true},
                "rank": rank,
            },
            "required": ["name"],
        });
        let wrong = |body: Value| Schemas::of(&document).wrong_body(&body, &schema).unwrap_or_default();
        assert_eq!(wrong(json!([])), "the body is not a JSON object");
        assert_eq!(
            wrong(json!({"x": 1})),
            "the field `x` is unknown: the fields are name, on, tags, span and rank"
        );
        assert_eq!(
            wrong(json!({})),
            "the field `name` is missing: a text of at most 3 characters is expected"
        );
        assert!(wrong(json!({"name": null})).starts_with("the field `name` cannot be used"));
        assert!(wrong(json!({"name": "long"})).starts_with("the field `name` cannot be used"));
        assert!(
            wrong(json!({"name": "a", "on": 1}))
                .contains("`on` cannot be used: `true` or `false` is expected")
        );
        assert!(wrong(json!({"name": "a", "tags": [1]})).starts_with("the field `tags` cannot be used"));
        assert!(wrong(json!({"name": "a", "span": "5"})).starts_with("the field `span` cannot be used"));
        for rank in [json!("x"), json!(1)] {
            let told = "the field `rank` cannot be used: one of low or high is expected";
            assert_eq!(wrong(json!({"name": "a", "rank": rank})), told);
        }
        assert_eq!(wrong(json!({"name": "a", "on": null, "tags": [], "rank": null})), "");
        assert_eq!(wrong(json!({"name": "a", "rank": "low"})), "");
    }
}
