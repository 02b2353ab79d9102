"""How llama-cpp-python is built, which has no wheels: only the library, 3 minutes of one core instead of 8.

It builds llama.cpp itself, because the package's own CMakeLists.txt also builds what nothing here uses, and cannot be
told not to. pip's cache would give back a wheel that was built with other settings.
"""

ENVIRONMENT: dict[str, str] = {
    "CMAKE_ARGS": " ".join([
        "-DGGML_NATIVE=OFF",  # or it runs on this kind of CPU alone
        "-DGGML_OPENMP=OFF",  # ggml's own threads: one library less on the device
        *(f"-DLLAMA_BUILD_{part}=OFF" for part in ("COMMON", "TOOLS", "EXAMPLES", "TESTS", "SERVER", "APP")),
        *(f"-DCMAKE_INSTALL_{part}DIR=llama_cpp/lib" for part in ("LIB", "BIN")),
        "-DCMAKE_INSTALL_INCLUDEDIR=llama_cpp/include",
        "-DCMAKE_INSTALL_RPATH=$ORIGIN;@loader_path",
    ]),
    "SKBUILD_CMAKE_SOURCE_DIR": "vendor/llama.cpp",
    "PIP_NO_CACHE_DIR": "1",
}  # fmt: skip
