//! The SDK's own exporter, given the same spans, sends the same messages.

use std::time::{Duration, SystemTime};

use cloacina_exporter::record::*;
use cloacina_exporter::trace;
use opentelemetry::trace::{
    Event as SdkEvent, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{InstrumentationScope, KeyValue, Value};
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span as Told;
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanExporter as _, SpanLinks};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tonic::transport::server::{Server, TcpIncoming};
use tonic::{Request, Response};

use super::builders::*;

struct Intake(Sender<ExportTraceServiceRequest>);

#[tonic::async_trait]
impl TraceService for Intake {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, tonic::Status> {
        self.0.send(request.into_inner()).await.unwrap();
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

/// The address of a receiver on this machine, and what it receives.
fn intake() -> (String, Receiver<ExportTraceServiceRequest>) {
    let incoming = TcpIncoming::bind(([127, 0, 0, 1], 0).into()).unwrap();
    let address = format!("http://{}", incoming.local_addr().unwrap());
    let (sender, receiver) = channel(8);
    let server = Server::builder().add_service(TraceServiceServer::new(Intake(sender)));
    tokio::spawn(server.serve_with_incoming(incoming));
    (address, receiver)
}

fn time(nanoseconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_nanos(nanoseconds)
}

fn attributes(told: &[opentelemetry_proto::tonic::common::v1::KeyValue]) -> Vec<KeyValue> {
    let value = |value: &any_value::Value| match value {
        any_value::Value::StringValue(text) => Value::from(text.clone()),
        any_value::Value::IntValue(number) => Value::from(*number),
        any_value::Value::BoolValue(flag) => Value::from(*flag),
        other => panic!("{other:?}"),
    };
    let told = told.iter().map(|told| (told.key.clone(), told.value.clone().unwrap().value.unwrap()));
    told.map(|(key, told)| KeyValue::new(key, value(&told))).collect()
}

/// The same span as the SDK's type.
fn data(told: &Told, scope: &InstrumentationScope) -> SpanData {
    let trace_id = TraceId::from_bytes(told.trace_id.clone().try_into().unwrap());
    let id = SpanId::from_bytes(told.span_id.clone().try_into().unwrap());
    let parent = told.parent_span_id.clone().try_into().map_or(SpanId::INVALID, SpanId::from_bytes);
    let mut events = SpanEvents::default();
    events.dropped_count = told.dropped_events_count;
    events.events = told
        .events
        .iter()
        .map(|event| {
            SdkEvent::new(event.name.clone(), time(event.time_unix_nano), attributes(&event.attributes), 0)
        })
        .collect();
    let status = told.status.clone().unwrap();
    SpanData {
        span_context: SpanContext::new(trace_id, id, TraceFlags::SAMPLED, false, TraceState::NONE),
        parent_span_id: parent,
        parent_span_is_remote: false,
        span_kind: SpanKind::Internal,
        name: told.name.clone().into(),
        start_time: time(told.start_time_unix_nano),
        end_time: time(told.end_time_unix_nano),
        attributes: attributes(&told.attributes),
        dropped_attributes_count: 0,
        events,
        links: SpanLinks::default(),
        status: if status.code == 2 { Status::error(status.message) } else { Status::Unset },
        instrumentation_scope: scope.clone(),
    }
}

fn varied() -> story::Story {
    let mut story = story(ExecutionStatus::Failed);
    story.execution.error = text("1 task(s) failed");
    let statuses = [TaskStatus::Completed, TaskStatus::Failed, TaskStatus::Skipped, TaskStatus::NotStarted];
    story.tasks = (2..).zip(statuses).map(|(id, status)| task(id, status)).collect();
    story.tasks[1].error = text("dïsk full");
    story.tasks[0].task.attempt = 2;
    story.events = vec![event(Some(2), EventKind::TaskRetryScheduled, 11)];
    story.events.extend(vec![event(Some(3), EventKind::TaskDeferred, 13); 200]);
    story.fires = vec![fire(0x41, Some(8))];
    story
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sdks_exporter_sends_the_same_message() {
    let (address, mut received) = intake();
    let exporter = SpanExporter::builder().with_tonic().with_endpoint(address).build().unwrap();
    let sdk_scope = InstrumentationScope::builder("cloacina-exporter").with_version("1").build();
    let stories = [varied()];
    let spans = trace::spans(&stories[0], TOLD);
    assert_eq!(spans.len(), 7);
    exporter.export(spans.iter().map(|span| data(span, &sdk_scope)).collect()).await.unwrap();
    let reference = received.recv().await.unwrap();

    let scope = opentelemetry_proto::tonic::common::v1::InstrumentationScope {
        name: "cloacina-exporter".to_owned(),
        version: "1".to_owned(),
        ..Default::default()
    };
    let resource = Resource::default();
    let requests: Vec<_> = trace::traces(&stories, TOLD, &resource, &scope, 2 << 20).collect();
    let [(request, named)] = &requests[..] else { panic!("{requests:?}") };
    assert_eq!(named, &[EXECUTION]);
    assert_eq!(request, &reference);
}
