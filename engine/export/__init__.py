"""A trained network as other tools take it: ONNX with the preparation of its columns inside (`onnx_file`), and what
runs such a file (`onnx_run`) once it is checked (`onnx_check`)."""
