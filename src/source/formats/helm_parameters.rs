//! Single values for a chart as Argo CD keeps them (`parameters: [{name: args[0], value: --x}]`) and helmfile (`set:` beside
//! `chart:`), which Helm gets with `--set`.

use crate::source::yaml::{Content, DEPTH_LIMIT, Entry, Node};
use crate::text::Text;

/// Nobody gives more of them one by one: each is compared with those before it.
const MOST_PARAMETERS: usize = 500;

/// The values that they make, with their places (helm.sh/helm, pkg/strvals). `None`: it is no such list.
pub(in crate::source) fn values(list: &Node) -> Option<Node> {
    let mut values = Node::assembled(Content::Mapping(Vec::new()), list.origin.clone());
    if list.items().len() > MOST_PARAMETERS {
        return None;
    }
    for parameter in list.items() {
        let (name, value) = (parameter.text_at(&["name"])?, parameter.get("value")?);
        // Each part nests once more, as in a file.
        if name.as_str().split('.').count() > DEPTH_LIMIT {
            return None;
        }
        set(&mut values, name, name.as_str(), value);
    }
    (!values.entries().is_empty()).then_some(values)
}

/// Puts a value at the end of a path: `a.b[0]`. The items of a list stand in the order in which they are given.
fn set(node: &mut Node, name: &Text, path: &str, value: &Node) {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let (key, is_item) = first.split_once('[').map_or((first, false), |(key, _)| (key, true));
    let Content::Mapping(entries) = &mut node.content else { return };
    let at = entries.iter().position(|entry| entry.key.as_str() == key).unwrap_or_else(|| {
        let content = if is_item { Content::Sequence(Vec::new()) } else { Content::Mapping(Vec::new()) };
        let key = Text::synthetic(key, &name.origin());
        entries.push(Entry { key, value: Node::assembled(content, value.origin.clone()) });
        entries.len() - 1
    });
    let Some(entry) = entries.get_mut(at) else { return };
    match &mut entry.value.content {
        Content::Sequence(items) if rest.is_empty() => items.push(value.clone()),
        Content::Mapping(_) if !rest.is_empty() => set(&mut entry.value, name, rest, value),
        _ if rest.is_empty() => entry.value = value.clone(),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::{DEPTH_LIMIT, MOST_PARAMETERS};
    use crate::source::yaml::nodes;
    use crate::source::{Document, NoSurroundings, NotRead, ReadError, Resource, read};
    use crate::text::{SourceFile, Text};

    const FLAG: &str = "--requestheader-client-ca-file=/var/run/secrets/kubernetes.io/serviceaccount/ca.crt";

    fn arguments(helm: &str) -> Vec<String> {
        let application = format!("kind: Application\nmetadata: {{name: x}}\nspec:\n  source:\n    helm:\n{helm}\n");
        let found = read(&SourceFile::new("x", application), None, &NoSurroundings).unwrap();
        let [Document::Resource(Resource::Workload(server))] = &found[..] else { panic!("{found:?}") };
        server.containers[0].invocation.arguments.iter().map(|argument| argument.text.as_str().to_owned()).collect()
    }

    #[test]
    fn values_are_read_in_each_way_to_give_them() {
        for helm in [
            format!("      values: |\n        args: ['{FLAG}']\n"),
            format!("      valuesObject: {{args: ['{FLAG}']}}\n"),
            format!("      parameters: [{{name: 'args[0]', value: '{FLAG}'}}]\n"),
        ] {
            assert_eq!(arguments(&helm), [FLAG], "{helm}");
        }
        let two = "--secure-port=4443";
        let parameters = format!(
            "      parameters:\n      - {{name: image.tag, value: v1}}\n      - {{name: 'a.args[0]', value: '{FLAG}'}}\n      - \
             {{name: 'a.args[1]', value: {two}}}\n"
        );
        assert_eq!(arguments(&parameters), [FLAG, two]);
    }

    #[test]
    fn a_helmfiles_releases_have_them_too() {
        let with = |list: &str| {
            let helmfile = format!(
                "releases:\n- name: x\n  chart: a/x\n  {list}:\n  - {{name: apiServer.extraArgs.client-ca-file, value: /a}}\n  - \
                 {{name: apiServer.extraArgs.requestheader-client-ca-file, value: /a}}\n"
            );
            let found = read(&SourceFile::new("x", helmfile), None, &NoSurroundings).unwrap_or_default();
            let [Document::Invocation(server)] = &found[..] else { return Vec::new() };
            server.arguments.iter().map(|argument| argument.text.as_str().to_owned()).collect()
        };
        let expected = ["--client-ca-file=/a", "--requestheader-client-ca-file=/a"];
        assert_eq!(
            (with("set"), with("setString")),
            (expected.map(str::to_owned).to_vec(), expected.map(str::to_owned).to_vec())
        );
        assert_eq!(with("sets"), [""; 0]);
    }

    #[test]
    fn parameters_that_no_chart_has_are_not_assembled() {
        let values = |name: &str, times: usize| {
            let list = format!("- {{name: '{name}', value: x}}\n").repeat(times);
            super::values(&nodes(&Text::of(&SourceFile::new("x", list)))[0]).is_some()
        };
        let nested = |depth: usize| vec!["a"; depth].join(".");
        assert!(values(&nested(DEPTH_LIMIT), 1));
        assert!(!values(&nested(DEPTH_LIMIT + 1), 1));
        assert!(!values(&nested(50_000), 1));
        assert!(values("args[0]", MOST_PARAMETERS));
        assert!(!values("args[0]", MOST_PARAMETERS + 1));
    }

    #[test]
    fn what_a_chart_makes_of_an_api_service_is_named() {
        let read = |yaml: &str| read(&SourceFile::new("x", yaml), None, &NoSurroundings);
        for values in
            ["apiService: {insecureSkipTLSVerify: true}\n", "x:\n  api_service:\n    insecureSkipTLSVerify: yes\n"]
        {
            let Err(ReadError::NotASetup(unread)) = read(values) else { panic!("{values}") };
            assert_eq!(unread.reason, NotRead::OfChart);
        }
        for other in ["apiService: {insecureSkipTLSVerify: false}\n", "config: {insecureSkipTLSVerify: true}\n"] {
            assert!(matches!(read(other), Err(ReadError::Unrecognised { .. })), "{other}");
        }
        for (patch, is_told) in [
            ("[{op: add, path: /spec/insecureSkipTLSVerify, value: true}]", true),
            ("[{op: replace, path: /spec/insecureSkipTLSVerify, value: false}]", false),
        ] {
            assert_eq!(matches!(read(patch), Err(ReadError::NotASetup(_))), is_told, "{patch}");
        }
    }
}
