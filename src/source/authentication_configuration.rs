//! The file of `--authentication-config`, as far as it decides about anonymous requests
//! (k8s.io/apiserver `pkg/apis/apiserver`, `AuthenticationConfiguration`).

use std::sync::Arc;

use super::yaml::{self, Node};
use crate::text::{SourceFile, Text};

/// What the file says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuthenticationConfiguration {
    /// `None`: the flags decide.
    pub anonymous: Option<AnonymousConfiguration>,
}

/// `AnonymousAuthConfig`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AnonymousConfiguration {
    pub enabled: bool,
    /// Anonymous requests are let in for these paths alone; none: for all.
    pub paths: Vec<String>,
}

/// Reads the file. JWT authenticators are not looked into.
///
/// # Errors
/// Why the server does not take it.
pub(crate) fn read(file: &Arc<SourceFile>) -> Result<AuthenticationConfiguration, String> {
    const GROUP: &str = "apiserver.config.k8s.io/";

    let pieces = yaml::pieces(&Text::of(file));
    let documents = match pieces.first() {
        None => return Err("empty config data".to_owned()),
        Some(piece) => piece.documents.as_ref().map_err(|error| format!("it is no YAML: {error}"))?,
    };
    let Some(node) = documents.first() else { return Err("empty config data".to_owned()) };
    if !node.is("kind", "AuthenticationConfiguration") {
        return Err("it is no AuthenticationConfiguration".to_owned());
    }
    let group = node.text_at(&["apiVersion"]).map(Text::as_str).unwrap_or_default();
    if !group.strip_prefix(GROUP).is_some_and(|version| ["v1", "v1beta1", "v1alpha1"].contains(&version)) {
        return Err(format!("its apiVersion is not {GROUP}v1, v1beta1 or v1alpha1"));
    }
    only_fields(node, &["apiVersion", "kind", "jwt", "anonymous"])?;
    let anonymous = node.get("anonymous").filter(|anonymous| !anonymous.is_null()).map(anonymous).transpose()?;
    Ok(AuthenticationConfiguration { anonymous })
}

fn anonymous(node: &Node) -> Result<AnonymousConfiguration, String> {
    only_fields(node, &["enabled", "conditions"])?;
    let enabled = match node.text_at(&["enabled"]).map(Text::as_str) {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err("anonymous.enabled is no boolean".to_owned()),
    };
    let conditions = node.get("conditions").map(Node::items).unwrap_or_default();
    let path = |condition: &Node| {
        only_fields(condition, &["path"])?;
        let path = condition.text_at(&["path"]).ok_or("an entry of anonymous.conditions has no path")?;
        Ok(path.as_str().to_owned())
    };
    Ok(AnonymousConfiguration { enabled, paths: conditions.iter().map(path).collect::<Result<_, String>>()? })
}

/// The server decodes strictly.
fn only_fields(node: &Node, known: &[&str]) -> Result<(), String> {
    match node.entries().iter().find(|entry| !known.contains(&entry.key.as_str())) {
        Some(entry) => Err(format!("strict decoding error: unknown field {:?}", entry.key.as_str())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "apiVersion: apiserver.config.k8s.io/v1beta1\nkind: AuthenticationConfiguration\n";

    fn said(text: &str) -> Result<Option<AnonymousConfiguration>, String> {
        read(&SourceFile::new("auth.yaml", text)).map(|configuration| configuration.anonymous)
    }

    #[test]
    fn what_decides_about_anonymous_requests_is_read() {
        let of = |rest: &str| said(&format!("{HEAD}{rest}"));
        assert_eq!(of(""), Ok(None));
        assert_eq!(of("jwt:\n- issuer: {url: https://x}\n"), Ok(None));
        assert_eq!(of("anonymous: {enabled: false}\n"), Ok(Some(AnonymousConfiguration::default())));
        let narrowed = AnonymousConfiguration { enabled: true, paths: vec!["/livez".to_owned(), "/readyz".to_owned()] };
        let conditions = "anonymous:\n  enabled: true\n  conditions:\n  - path: /livez\n  - path: /readyz\n";
        assert_eq!(of(conditions), Ok(Some(narrowed)));
    }

    #[test]
    fn what_the_server_does_not_take_is_refused() {
        for (text, why) in [
            ("", "empty config data"),
            ("kind: Pod\napiVersion: v1\n", "it is no AuthenticationConfiguration"),
            ("kind: AuthenticationConfiguration\napiVersion: v1\n", "its apiVersion is not"),
            (&format!("{HEAD}anonymus: {{}}\n"), "unknown field \"anonymus\""),
            (&format!("{HEAD}anonymous: {{enabled: maybe}}\n"), "no boolean"),
            (&format!("{HEAD}anonymous: {{enabled: true, conditions: [{{}}]}}\n"), "has no path"),
        ] {
            let refused = said(text).unwrap_err();
            assert!(refused.contains(why), "{refused}");
        }
    }
}
