//! Sets the linker flags that the engine asks of its users.

fn main() {
    cloacina_build::configure();
}
