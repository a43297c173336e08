//! A container's environment, and `$(NAME)` in its command.

use std::cell::Cell;
use std::collections::HashMap;

use crate::source::yaml::Node;
use crate::text::{Located, Text};

/// What all values and arguments of a container may grow to, in bytes: each `$(A)$(A)` doubles it. The kernel gives a
/// process less (`ARG_MAX`, 2 MiB by default).
const MOST_EXPANDED: usize = 1 << 20;

/// The container's environment, as far as the object says it.
pub(super) struct Environment<'a> {
    /// `None`: it comes from elsewhere.
    values: HashMap<&'a str, Option<Text>>,
    /// How many bytes values may still be put into others.
    budget: Cell<usize>,
}

impl<'a> Environment<'a> {
    pub(super) fn of(container: &'a Node) -> Self {
        let mut environment = Self { values: HashMap::new(), budget: Cell::new(MOST_EXPANDED) };
        for variable in container.get("env").map(Node::items).unwrap_or_default() {
            let Some(name) = variable.text_at(&["name"]) else { continue };
            let value = match variable.get("valueFrom") {
                Some(_) => None,
                None => {
                    let empty = || Text::synthetic("", &name.origin());
                    let value = variable.text_at(&["value"]).cloned().unwrap_or_else(empty);
                    // A value may use the variables above it.
                    let (value, unknown) = environment.expand(value, &mut Vec::new());
                    (!unknown).then_some(value)
                }
            };
            environment.values.insert(name.as_str(), value);
        }
        environment
    }

    /// Each variable; `None`: its value comes from elsewhere.
    pub(super) fn variables(self) -> Vec<(String, Option<Text>)> {
        self.values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// What of a volume is mounted, and whether a part of that is unknown: `subPath` is taken as it is, `subPathExpr` is
    /// expanded as arguments are (k8s.io/kubernetes pkg/kubelet/container/helpers.go, `ExpandContainerVolumeMounts`).
    pub(super) fn sub_path(&self, mount: &Node) -> Option<(Text, bool)> {
        if let Some(sub_path) = mount.text_at(&["subPath"]).filter(|sub_path| !sub_path.is_empty()) {
            return Some((sub_path.clone(), false));
        }
        mount.text_at(&["subPathExpr"]).map(|expression| self.expand(expression.clone(), &mut Vec::new()))
    }

    /// Replaces `$(NAME)` (k8s.io/kubernetes third_party/forked/golang/expansion), and says whether something in it is
    /// unknown. `$$` is a dollar sign; what is not set stays as written, and is unknown because it may be set by
    /// `envFrom` or filled in by a tool.
    pub(super) fn expand(&self, text: Text, unresolved: &mut Vec<Located<String>>) -> (Text, bool) {
        let string = text.as_str();
        if !string.contains('$') {
            return (text, false);
        }
        let mut expanded = text.slice(0..0);
        let mut unknown = false;
        let mut at = 0;
        while let Some(dollar) = string.get(at..).and_then(|rest| rest.find('$')).map(|offset| at + offset) {
            expanded.push(&text, at..dollar);
            let rest = string.get(dollar + 1..).unwrap_or_default();
            at = match name(rest) {
                Some(name) => {
                    let range = dollar..dollar + name.len() + 3;
                    match self.lookup(name) {
                        Ok(value) => expanded.append(value),
                        Err(why) => {
                            expanded.push(&text, range.clone());
                            unknown = true;
                            let located = |why| Located::new(why, text.origin_of(range.clone()));
                            unresolved.extend(why.map(located));
                        }
                    }
                    range.end
                }
                None if rest.starts_with('$') => {
                    expanded.push_decoded("$", &text, dollar..dollar + 2);
                    dollar + 2
                }
                None => {
                    expanded.push(&text, dollar..dollar + 1);
                    dollar + 1
                }
            };
        }
        expanded.push(&text, at..string.len());
        (expanded, unknown)
    }

    /// The value of a variable, or why it is not known, where that can be told.
    fn lookup(&self, name: &str) -> Result<&Text, Option<String>> {
        match self.values.get(name) {
            Some(Some(value)) => match self.budget.get().checked_sub(value.len()) {
                Some(left) => {
                    self.budget.set(left);
                    Ok(value)
                }
                None => Err(Some(format!("the variables of this container make more than {MOST_EXPANDED} bytes"))),
            },
            Some(None) => Err(Some(format!("the environment variable {name} comes from outside of this file"))),
            None => Err(None),
        }
    }
}

/// `NAME` of the `(NAME)` that `rest` begins with, which is in one word.
fn name(rest: &str) -> Option<&str> {
    let inside = rest.strip_prefix('(')?;
    let end = inside.find([')', '$', '(', '\n'])?;
    inside.get(end..)?.starts_with(')').then(|| inside.get(..end)).flatten()
}

#[cfg(test)]
mod tests {
    use crate::source::{Document, NoSurroundings, read};
    use crate::text::SourceFile;

    fn argument(container: &str) -> String {
        let yaml = format!("kind: Pod\nspec:\n  containers:\n  - {container}\n");
        let documents = read(&SourceFile::new("x.yaml", yaml), None, &NoSurroundings).unwrap();
        let [Document::Invocation(invocation)] = documents.as_slice() else { panic!("{documents:?}") };
        let last = invocation.arguments.last().unwrap();
        format!("{}{}", if last.opaque { "?" } else { "" }, last.text)
    }

    #[test]
    fn variables_are_those_of_the_container() {
        for (env, value, expected) in [
            ("{name: A, value: /pki}, {name: B, value: $(A)/x}", "$(B).crt", "/pki/x.crt"),
            ("{name: A, value: x}", "$$(A)", "?$(A)"),
            ("{name: A, valueFrom: {}}", "$(A)", "?$(A)"),
            ("{name: B, value: $(A)}, {name: A, value: x}", "$(B)", "?$(B)"),
        ] {
            let container = format!("{{env: [{env}], command: [kube-apiserver, '--client-ca-file={value}']}}");
            let expected = match expected.strip_prefix('?') {
                Some(expected) => format!("?--client-ca-file={expected}"),
                None => format!("--client-ca-file={expected}"),
            };
            assert_eq!(argument(&container), expected, "{env}");
        }
    }

    #[test]
    fn what_doubles_is_bounded() {
        let mut env = "{name: A0, value: xxxxxxxxxx}".to_owned();
        for level in 1..40 {
            env += &format!(", {{name: A{level}, value: $(A{0})$(A{0})}}", level - 1);
        }
        let container = format!("{{env: [{env}], command: [kube-apiserver, --client-ca-file=$(A39)]}}");
        assert_eq!(argument(&container), "?--client-ca-file=$(A39)");
    }
}
