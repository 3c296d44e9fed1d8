import { type Dim, FLOAT, type Graph, INT32, INT64, type Node, type ValueInfo, type Weight } from "./onnx_writer.js";

/** A graph that is written node by node; a name stands for a tensor. */
export class GraphSheet {
  private readonly nodes: Node[] = [];
  private readonly weights: Weight[] = [];
  private readonly inputs: ValueInfo[] = [];
  private readonly outputs: ValueInfo[] = [];
  private count = 0;

  graph(): Graph {
    return { inputs: this.inputs, outputs: this.outputs, nodes: this.nodes, weights: this.weights };
  }

  input(name: string, type: number, dims: readonly Dim[]): string {
    this.inputs.push({ name, type, dims });
    return name;
  }

  /** Gives a tensor out under a name of its own. */
  output(from: string, name: string, type: number, dims: readonly Dim[]): void {
    this.nodes.push({ op: "Identity", inputs: [from], outputs: [name] });
    this.outputs.push({ name, type, dims });
  }

  op(op: string, inputs: readonly string[], attributes: NonNullable<Node["attributes"]> = {}): string {
    const output = `t_${this.count++}`;
    this.nodes.push({ op, inputs, outputs: [output], attributes });
    return output;
  }

  /** A node with several outputs. */
  node(node: Node): void {
    this.nodes.push(node);
  }

  floats(values: ArrayLike<number>, dims: readonly number[]): string {
    return this.weight(FLOAT, new Uint8Array(Float32Array.from(values).buffer), dims);
  }

  ints(values: readonly number[], dims: readonly number[] = [values.length]): string {
    return this.weight(INT64, new Uint8Array(BigInt64Array.from(values, BigInt).buffer), dims);
  }

  ints32(values: readonly number[], dims: readonly number[] = [values.length]): string {
    return this.weight(INT32, new Uint8Array(Int32Array.from(values).buffer), dims);
  }

  reshape(x: string, dims: readonly number[]): string {
    return this.op("Reshape", [x, this.ints(dims)]);
  }

  private weight(type: number, data: Uint8Array, dims: readonly number[]): string {
    const name = `w_${this.count++}`;
    this.weights.push({ name, type, dims, data });
    return name;
  }
}
