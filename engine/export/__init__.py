"""A trained network as other tools take it: ONNX with the preparation of its columns inside (`onnx_file`, run by
`onnx_run`), a program of torch.export, a script, a folder with safetensors, and such a folder on the Hub."""
