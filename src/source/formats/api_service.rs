//! APIService objects: which groups extension servers answer, and how kube-apiserver knows them.

use super::tools::normalized;
use crate::source::expression::has_expression;
use crate::source::injection::{INJECTORS, Injection};
use crate::source::place::Place;
use crate::source::yaml::Node;
use crate::source::{ApiService, Condition, Document, NotRead, ServiceReference, Unread};
use crate::text::Text;

/// What a chart's values say of an APIService that it makes.
pub(in crate::source) fn of_chart(values: &Node, place: Place<'_>) -> Option<Unread> {
    let above = place.path.last().filter(|_| values.get("kind").is_none())?;
    let skips = values.boolean(INSECURE).is_some_and(|insecure| insecure.value);
    let setting = values.entry(INSECURE).filter(|_| skips && normalized(above).contains("apiservice"))?;
    let (name, mention) = (setting.key.as_str().to_owned(), setting.key.origin());
    Some(Unread { name, mention, gives: true, reason: NotRead::OfChart })
}

const INSECURE: &str = "insecureSkipTLSVerify";

pub(in crate::source) fn read(node: &Node, _place: Place<'_>) -> Option<Vec<Document>> {
    let group = node.text_at(&["apiVersion"])?;
    if !node.is("kind", "APIService") || !group.as_str().starts_with("apiregistration.k8s.io/") {
        return None;
    }
    let kind = node.text_at(&["kind"])?;
    let ca_bundle = node.value_at(&["spec", "caBundle"]);
    let injection = node.at(&["metadata", "annotations"]).and_then(injection);
    // What a running cluster shows is what was filled in; in a file it may stand for that.
    let is_filled_in = node.at(&["metadata", "uid"]).is_some()
        && ca_bundle.as_ref().is_some_and(|bundle| !bundle.as_str().trim().is_empty());
    let insecure = node.text_at(&["spec", INSECURE]);
    let templated = node.get("spec").is_some_and(|spec| !spec.gaps.is_empty())
        || [&ca_bundle, &insecure.cloned()].into_iter().flatten().any(|text| has_expression(text.as_str()))
        // A document's excerpt: `caBundle: <base64 of the CA>`. Neither is a character of base64.
        || ca_bundle.as_ref().is_some_and(|text| text.as_str().contains(['<', '>']) || text.as_str().contains("..."))
        || ca_bundle.as_ref().is_some_and(|text| is_to_be_replaced(text.as_str()));
    Some(vec![Document::ApiService(ApiService {
        name: node.text_at(&["metadata", "name"]).unwrap_or(kind).to_located(),
        ca_bundle_unknown: (injection.is_some() && !is_filled_in) || templated,
        injection,
        ca_bundle,
        insecure_skip_tls_verify: node.get("spec").and_then(|spec| spec.boolean(INSECURE)),
        service: node.at(&["spec", "service"]).map(reference),
        available: node.at(&["status", "conditions"]).and_then(available),
        open: None,
    })])
}

/// `CA_BUNDLE`, for which sed puts one in; PEM in base64 has small letters at its beginning.
fn is_to_be_replaced(text: &str) -> bool {
    let is_of_name = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    !text.is_empty() && text.bytes().all(is_of_name)
}

fn injection(annotations: &Node) -> Option<Injection> {
    INJECTORS.iter().find_map(|(annotation, from)| {
        Some(Injection { from: *from, value: annotations.text_at(&[annotation])?.to_located() })
    })
}

fn reference(service: &Node) -> ServiceReference {
    let name = |key: &str| service.text_at(&[key]).map(Text::to_located);
    ServiceReference {
        namespace: name("namespace"),
        name: name("name"),
        port: service.port("port"),
        origin: service.origin.clone(),
    }
}

fn available(conditions: &Node) -> Option<Condition> {
    let condition = conditions.items().iter().find(|condition| condition.is("type", "Available"))?;
    let text = |key: &str| condition.text_at(&[key]).map(|text| text.as_str().to_owned()).unwrap_or_default();
    let status = condition.text_at(&["status"])?.to_located();
    Some(Condition { status, reason: text("reason"), message: text("message") })
}

#[cfg(test)]
mod tests {
    use crate::source::{Document, NoSurroundings, read};
    use crate::text::SourceFile;

    #[test]
    fn a_placeholder_is_no_ca_bundle() {
        for (value, unknown) in [
            ("<base64 of ca.crt>", true),
            ("LS0tLS1CRUdJTi...", true),
            ("CA_BUNDLE", true),
            ("!include ca.b64", true),
            ("LS0t", false),
        ] {
            let yaml = format!(
                "apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata:\n  name: v1.x\nspec:\n  \
                 caBundle: {value}\n"
            );
            let documents = read(&SourceFile::new("x.yaml", &*yaml), None, &NoSurroundings).unwrap();
            let [Document::ApiService(service)] = documents.as_slice() else { panic!("{documents:?}") };
            assert_eq!(service.ca_bundle_unknown, unknown, "{value}");
        }
    }
}
