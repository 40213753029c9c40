//! What the methods do.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use super::state::State;
use super::{Message, Shared};

/// The largest file that a bot can get.
const LARGEST: usize = 20 * 1024 * 1024;

/// Status and body.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Value,
}

impl Answer {
    fn ok(result: impl Into<Value>) -> Self {
        Self { status: 200, body: json!({"ok": true, "result": result.into()}) }
    }

    pub(super) fn error(status: u16, text: &str) -> Self {
        Self { status, body: json!({"ok": false, "error_code": status, "description": text}) }
    }

    pub(super) fn too_many(seconds: u64) -> Self {
        let mut answer = Self::error(429, &format!("Too Many Requests: retry after {seconds}"));
        answer.body["parameters"] = json!({"retry_after": seconds});
        answer
    }
}

/// A number that may come as text, as in forms.
fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

pub(super) fn chat(params: &Value) -> Option<i64> {
    number(&params["chat_id"])
}

fn text<'a>(params: &'a Value, name: &str) -> &'a str {
    params[name].as_str().unwrap_or_default()
}

pub(super) async fn run(
    shared: &Shared,
    token: &str,
    method: &str,
    params: &Value,
    files: Vec<(String, Bytes)>,
) -> Answer {
    if !shared.lock().bots.contains_key(token) {
        return Answer::error(401, "Unauthorized");
    }
    if method == "getUpdates" {
        return updates(shared, token, params).await;
    }
    let mut state = shared.lock();
    match method {
        "getMe" => {
            let bot = &state.bots[token];
            Answer::ok(json!({"id": bot.id, "is_bot": true, "first_name": "Bot", "username": bot.username}))
        }
        "sendMessage" => send(&mut state, token, params, None),
        "sendDocument" | "sendPhoto" => document(&mut state, token, method, params, files),
        "editMessageText" => edit(&mut state, token, params),
        "answerCallbackQuery" => answer_press(&mut state, params),
        "getFile" => file(&state, params),
        "getUserProfilePhotos" => {
            let has = state.bots[token].presented.contains_key("setMyProfilePhoto:");
            Answer::ok(json!({"total_count": usize::from(has), "photos": []}))
        }
        "setMyProfilePhoto" if files.is_empty() => Answer::error(400, "Bad Request: photo is empty"),
        "setWebhook" | "deleteWebhook" => webhook(&mut state, token, params),
        _ if method.starts_with("setMy") => present(&mut state, token, method, params),
        _ => Answer::error(404, "Not Found: method not found"),
    }
}

async fn updates(shared: &Shared, token: &str, params: &Value) -> Answer {
    let from = number(&params["offset"]).unwrap_or(0);
    let most = number(&params["limit"]).and_then(|n| usize::try_from(n).ok()).unwrap_or(100).clamp(1, 100);
    let wait =
        Duration::from_secs(number(&params["timeout"]).and_then(|n| u64::try_from(n).ok()).unwrap_or(0));
    if shared.lock().bots[token].webhook.is_some() {
        return Answer::error(409, "Conflict: can't use getUpdates method while webhook is active");
    }
    let look = |state: &mut State| {
        let found = state.updates(token, from, most);
        (!found.is_empty()).then_some(found)
    };
    let found = shared.until(wait.max(Duration::from_millis(1)), look).await.unwrap_or_default();
    shared.notice();
    Answer::ok(found)
}

fn keyboard(params: &Value) -> Result<Vec<Vec<(String, String)>>, Answer> {
    let markup = match &params["reply_markup"] {
        Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
        other => other.clone(),
    };
    let mut rows = Vec::new();
    for row in markup["inline_keyboard"].as_array().into_iter().flatten() {
        let mut buttons = Vec::new();
        for button in row.as_array().into_iter().flatten() {
            let data = text(button, "callback_data");
            if data.is_empty() || data.len() > 64 {
                return Err(Answer::error(400, "Bad Request: BUTTON_DATA_INVALID"));
            }
            if text(button, "text").is_empty() {
                return Err(Answer::error(
                    400,
                    "Bad Request: text buttons are unallowed in the inline keyboard",
                ));
            }
            buttons.push((text(button, "text").to_owned(), data.to_owned()));
        }
        rows.push(buttons);
    }
    Ok(rows)
}

/// What Telegram refuses before it looks at the rest.
fn refused(state: &State, token: &str, chat: i64, text: &str, longest: usize) -> Option<Answer> {
    if state.blocked.contains(&(token.to_owned(), chat)) {
        return Some(Answer::error(403, "Forbidden: bot was blocked by the user"));
    }
    if !state.bots[token].chats.contains_key(&chat) {
        return Some(Answer::error(400, "Bad Request: chat not found"));
    }
    (text.encode_utf16().count() > longest).then(|| Answer::error(400, "Bad Request: message is too long"))
}

fn send(state: &mut State, token: &str, params: &Value, file_id: Option<String>) -> Answer {
    let caption = file_id.is_some();
    let body = if caption { text(params, "caption") } else { text(params, "text") }.to_owned();
    let Some(chat) = chat(params) else { return Answer::error(400, "Bad Request: chat_id is empty") };
    if let Some(answer) = refused(state, token, chat, &body, if caption { 1024 } else { 4096 }) {
        return answer;
    }
    if body.is_empty() && !caption {
        return Answer::error(400, "Bad Request: message text is empty");
    }
    let keyboard = match keyboard(params) {
        Ok(keyboard) => keyboard,
        Err(answer) => return answer,
    };
    let (id, stamp) = (state.next_message(token, chat), state.stamp());
    let message = Message { id, text: body, keyboard, file_id: file_id.clone(), edits: 0, stamp };
    state.chat(token, chat).into_iter().for_each(|messages| messages.push(message.clone()));
    let mut result =
        json!({"message_id": id, "date": 1, "chat": {"id": chat, "type": "private"}, "text": message.text});
    if let Some(file_id) = file_id {
        result["document"] = json!({"file_id": file_id, "file_unique_id": file_id});
    }
    Answer::ok(result)
}

fn document(
    state: &mut State,
    token: &str,
    method: &str,
    params: &Value,
    files: Vec<(String, Bytes)>,
) -> Answer {
    let field = if method == "sendPhoto" { "photo" } else { "document" };
    let known = text(params, field).to_owned();
    let file_id = match files.into_iter().next() {
        Some((_, bytes)) => state.keep_file(token, bytes),
        None => {
            let own = format!("F{}-", state.bots[token].id);
            if !state.files.contains_key(&known) || !known.starts_with(&own) {
                return Answer::error(400, "Bad Request: wrong file identifier/HTTP URL specified");
            }
            known
        }
    };
    send(state, token, params, Some(file_id))
}

fn edit(state: &mut State, token: &str, params: &Value) -> Answer {
    let body = text(params, "text").to_owned();
    let (Some(chat), Some(id)) = (chat(params), number(&params["message_id"])) else {
        return Answer::error(400, "Bad Request: message identifier is not specified");
    };
    if let Some(answer) = refused(state, token, chat, &body, 4096) {
        return answer;
    }
    let keyboard = match keyboard(params) {
        Ok(keyboard) => keyboard,
        Err(answer) => return answer,
    };
    let stamp = state.stamp();
    let messages = state.chat(token, chat);
    let Some(message) = messages.and_then(|messages| messages.iter_mut().find(|message| message.id == id))
    else {
        return Answer::error(400, "Bad Request: message to edit not found");
    };
    if message.text == body && message.keyboard == keyboard {
        return Answer::error(
            400,
            "Bad Request: message is not modified: specified new message content is the same",
        );
    }
    (message.text, message.keyboard, message.stamp) = (body, keyboard, stamp);
    message.edits += 1;
    Answer::ok(json!({"message_id": id, "date": 1, "chat": {"id": chat, "type": "private"}}))
}

fn answer_press(state: &mut State, params: &Value) -> Answer {
    let id = text(params, "callback_query_id");
    match state.presses.iter_mut().find(|(known, _)| known == id) {
        Some((_, answer)) => {
            *answer = Some(text(params, "text").to_owned());
            Answer::ok(true)
        }
        None => Answer::error(
            400,
            "Bad Request: query is too old and response timeout expired or query ID is invalid",
        ),
    }
}

fn file(state: &State, params: &Value) -> Answer {
    let id = text(params, "file_id");
    match state.files.get(id) {
        None => Answer::error(400, "Bad Request: invalid file_id"),
        Some(bytes) if bytes.len() > LARGEST => Answer::error(400, "Bad Request: file is too big"),
        Some(bytes) => {
            let path = format!("documents/{id}");
            Answer::ok(
                json!({"file_id": id, "file_unique_id": id, "file_size": bytes.len(), "file_path": path}),
            )
        }
    }
}

fn webhook(state: &mut State, token: &str, params: &Value) -> Answer {
    let to = (text(params, "url").to_owned(), text(params, "secret_token").to_owned());
    if let Some(bot) = state.bots.get_mut(token) {
        bot.webhook = Some(to).filter(|(url, _)| !url.is_empty());
    }
    Answer::ok(true)
}

fn present(state: &mut State, token: &str, method: &str, params: &Value) -> Answer {
    let key = format!("{method}:{}", text(params, "language_code"));
    if let Some(bot) = state.bots.get_mut(token) {
        bot.presented.insert(key, params.to_string());
    }
    Answer::ok(true)
}
