<?php
// The application in PHP: the same answers as answers.py, byte for byte.

const TEXT = 'text/plain; charset=utf-8';
const BINARY = 'application/octet-stream';
const CSS = 'text/css; charset=utf-8';

function answer(string $body, string $kind = TEXT, int $status = 200): void
{
    http_response_code($status);
    header("Content-Type: $kind");
    header('Content-Length: ' . strlen($body));
    if ($_SERVER['REQUEST_METHOD'] !== 'HEAD') {
        echo $body;
    }
}

function number(string $text, int $limit): ?int
{
    return preg_match('/^[0-9]{1,9}$/D', $text) && (int) $text <= $limit ? (int) $text : null;
}

function missing(): void
{
    answer('Not Found', TEXT, 404);
}

function pattern(int $size): string
{
    $piece = implode('', array_map('chr', range(0, 250)));
    return substr(str_repeat($piece, intdiv($size, 251) + 1), 0, $size);
}

$method = $_SERVER['REQUEST_METHOD'];
$parts = explode('/', substr(strtok($_SERVER['REQUEST_URI'], '?'), 1));
$number = count($parts) === 2 ? number($parts[1], $parts[0] === 'delay' ? 60000 : 10485760) : null;
if ($parts === ['echo']) {
    $method === 'POST' ? answer(file_get_contents('php://input'), BINARY) : missing();
} elseif ($method !== 'GET' && $method !== 'HEAD') {
    missing();
} elseif ($parts === ['']) {
    answer('Hello World!');
} elseif ($parts === ['json']) {
    $message = ['message' => 'Hello World!', 'numbers' => [1, 2, 3], 'nested' => ['true' => true, 'null' => null]];
    answer(json_encode($message), 'application/json');
} elseif ($parts === ['pid']) {
    answer((string) getmypid());
} elseif ($parts[0] === 'delay' && $number !== null) {
    usleep($number * 1000);
    answer('Hello World!');
} elseif ($parts[0] === 'bytes' && $number !== null) {
    answer(pattern($number), BINARY);
} elseif ($parts === ['static', 'style.css']) {
    answer(file_get_contents(__DIR__ . '/style.css'), CSS);
} else {
    missing();
}
