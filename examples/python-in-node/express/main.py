from fastapi import FastAPI

app = FastAPI()


@app.get("/api/hello/{name}")
async def hello(name: str, times: int = 1):
    return {"hello": [name] * times}
